import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { evidenceSchema, frameCountOf, MAX_EVIDENCE_FRAMES } from './evidence.ts';
import { uuidSchema } from './id.ts';
import { gramsSchema, massUnitSchema } from './mass.ts';
import { plainTextSchema } from './plain-text.ts';

/** What the indicator showed, character for character. */
const indicationSchema = z.strictObject({
  value: plainTextSchema(16),
  unit: massUnitSchema,
  /** Scale interval multiplier the frame carried (1, 2 or 5); null when the protocol sends none. */
  increment: z.number().positive().nullable(),
  /** Weighing range of a multi-range instrument, from 1; left out where the protocol sends none. */
  range: z.int().min(1).max(9).optional(),
});

/** The instrument as it was commissioned. Null is what nobody has said. */
const instrumentSchema = z.strictObject({
  /** As on its plate. */
  serialNo: plainTextSchema(40).nullable(),
  /** Scale interval as decimal text, and its unit; e is d on the instruments of class III that weigh trucks. */
  interval: z.strictObject({ value: plainTextSchema(16), unit: massUnitSchema }).nullable(),
  minG: gramsSchema.nonnegative(),
  maxG: gramsSchema.positive(),
});
export type Instrument = z.infer<typeof instrumentSchema>;

/** What tells which instrument weighed; older records lack it. */
const instrumentFields = {
  instrument: instrumentSchema.optional(),
  /** The number under which the indicator keeps this weight in its own alibi memory. */
  alibiId: plainTextSchema(40).optional(),
};

/** The indicator's model and how it was set. */
const indicatorSchema = z.strictObject({
  model: plainTextSchema(40),
  options: z
    .record(plainTextSchema(40), plainTextSchema(40))
    .refine((options) => Object.keys(options).length <= 16, 'must be at most 16 options'),
});

/** Most decks of one weighbridge. */
export const MAX_PARTS = 8;

/** What one deck showed of a truck that stood on several. */
export const weightPartSchema = z.strictObject({
  scaleId: plainTextSchema(32),
  /** Signed: a deck that carries nothing may show a little less than nothing. */
  grossG: gramsSchema,
  indication: indicationSchema,
  indicator: indicatorSchema,
  /** Oldest first. */
  frames: evidenceSchema.min(1),
  ...instrumentFields,
});
export type WeightPart = z.infer<typeof weightPartSchema>;

/** Who gave a manual weight, who agreed, and why the scale could not. */
export const manualWeightSchema = z.strictObject({
  operator: plainTextSchema(60),
  /** The second person; agents before it was asked for one left it out. */
  secondBy: plainTextSchema(60).optional(),
  reason: plainTextSchema(200),
});
export type ManualWeight = z.infer<typeof manualWeightSchema>;

/**
 * A stable weight fixed for the record, with the bytes it came from.
 * `grossG` is ours; `indication` is what the indicator showed, character for character.
 *
 * The weight of a truck that stood on several decks has `parts`: its `grossG` is their sum, its `indication` that sum in
 * kilograms, and the frames are those of the parts.
 *
 * A manual weight was given by a person: it names who and why, its `indication` is what they said, `indicator` is that
 * of the scale they stood in for, and there are no frames to show.
 */
export const registeredWeightSchema = z
  .strictObject({
    weightId: uuidSchema,
    scaleId: plainTextSchema(32),
    grossG: gramsSchema.nonnegative(),
    indication: indicationSchema,
    /** Where it came from; an entry that does not say was weighed on a scale. */
    source: z.enum(['scale', 'manual']).optional(),
    manual: manualWeightSchema.optional(),
    /** Who said it was stable: the indicator's own motion flag, our rule over its values, or whoever gave it. */
    stability: z.enum(['indicator', 'derived', 'person']),
    indicator: indicatorSchema,
    registeredAt: instantSchema,
    /** Oldest first. */
    frames: evidenceSchema,
    parts: z.array(weightPartSchema).min(2).max(MAX_PARTS).optional(),
    /** Whether the truck stood wholly on the deck, by its position sensors; left out where there are none. */
    position: z.enum(['clear', 'unknown']).optional(),
    ...instrumentFields,
    /** Version and digest of the software that registered it. */
    software: plainTextSchema(60).optional(),
  })
  .refine(({ source, manual }) => (source === 'manual') === (manual !== undefined), {
    path: ['manual'],
    message: 'a manual weight says who gave it and why, and no other does',
  })
  .refine(({ source, stability }) => (source === 'manual') === (stability === 'person'), {
    path: ['stability'],
    message: 'a person vouches for a manual weight and for no other',
  })
  .refine(
    ({ source, frames, parts }) =>
      source === 'manual'
        ? frames.length === 0 && parts === undefined
        : (parts === undefined) === frames.length > 0,
    {
      path: ['frames'],
      message: 'a weight has frames of its own or parts with theirs; a manual one has neither',
    },
  )
  .refine(
    ({ parts = [] }) =>
      parts.reduce((sum, { frames }) => sum + frameCountOf(frames), 0) <= MAX_EVIDENCE_FRAMES,
    {
      path: ['parts'],
      message: `must have at most ${MAX_EVIDENCE_FRAMES} frames together`,
    },
  )
  .refine(
    ({ grossG, parts }) =>
      parts === undefined || parts.reduce((sum, part) => sum + part.grossG, 0) === grossG,
    {
      path: ['grossG'],
      message: 'must be the sum of the parts',
    },
  );
export type RegisteredWeight = z.infer<typeof registeredWeightSchema>;

/** Where a weight came from. */
export type WeightSource = NonNullable<RegisteredWeight['source']>;

/** Where a weight came from, also of one recorded before manual weights were known. */
export function sourceOf({ source }: Pick<RegisteredWeight, 'source'>): WeightSource {
  return source ?? 'scale';
}
