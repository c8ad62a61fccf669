import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { uuidSchema } from './id.ts';
import { gramsSchema, massUnitSchema } from './mass.ts';
import { plainTextSchema } from './plain-text.ts';

/** Most frames kept with one registered weight: three seconds of a 20 Hz indicator. */
export const MAX_EVIDENCE_FRAMES = 64;

/** One frame as it came over the line, and how long before the registration it came. */
export const evidenceFrameSchema = z.strictObject({
  agoMs: z.int().nonnegative(),
  hex: z.string().regex(/^(?:[0-9a-f]{2}){1,512}$/),
});
export type EvidenceFrame = z.infer<typeof evidenceFrameSchema>;

/**
 * A stable weight fixed for the record, with the bytes it came from.
 * `grossG` is ours; `indication` is what the indicator showed, character for character.
 */
export const registeredWeightSchema = z.strictObject({
  weightId: uuidSchema,
  scaleId: plainTextSchema(32),
  grossG: gramsSchema.nonnegative(),
  indication: z.strictObject({
    value: plainTextSchema(16),
    unit: massUnitSchema,
    /** Scale interval multiplier the frame carried (1, 2 or 5); null when the protocol sends none. */
    increment: z.number().positive().nullable(),
  }),
  /** Who said it was stable: the indicator's own motion flag, or our rule over its values. */
  stability: z.enum(['indicator', 'derived']),
  indicator: z.strictObject({
    model: plainTextSchema(40),
    options: z
      .record(plainTextSchema(40), plainTextSchema(40))
      .refine((options) => Object.keys(options).length <= 16, 'must be at most 16 options'),
  }),
  registeredAt: instantSchema,
  /** Oldest first. */
  frames: z.array(evidenceFrameSchema).min(1).max(MAX_EVIDENCE_FRAMES),
});
export type RegisteredWeight = z.infer<typeof registeredWeightSchema>;
