import { containerIdSchema, containersSchema, produceIdSchema, truckIdSchema } from '@weighgate/protocol';
import { z } from 'zod';

/** `na` and nothing mean the same: not given. */
const orNotGiven = <T extends z.ZodType<string>>(schema: T) =>
  z
    .union([z.literal('na'), schema])
    .nullish()
    .transform((value) => (value === undefined || value === null || value === 'na' ? null : value));

/** Containers as a list, or as text with commas between them. */
const containersField = z
  .union([
    containersSchema,
    z
      .string()
      .transform((text) =>
        text
          .split(',')
          .map((id) => id.trim())
          .filter((id) => id !== ''),
      )
      .pipe(containersSchema),
  ])
  .optional()
  .transform((ids) => ids ?? []);

/**
 * Body of `POST /api/weight/weight`. There is no weight in it: the agent registers what stands stable on the deck.
 * `none` is the wire's word for a single weighing.
 */
export const weighBodySchema = z.strictObject({
  direction: z.enum(['in', 'out', 'none']),
  truck: orNotGiven(truckIdSchema),
  containers: containersField,
  produce: orNotGiven(produceIdSchema),
  scale: z
    .string()
    .min(1)
    .max(32)
    .nullish()
    .transform((id) => id ?? null),
});
export type WeighBody = z.infer<typeof weighBodySchema>;

/** Body of `PUT /api/weight/containers/{id}`: the tare in kilograms, to the gram. */
export const containerBodySchema = z.strictObject({
  tareKg: z
    .number()
    .nonnegative()
    .max(100_000)
    .refine(
      (kg) => Number.isInteger(Math.round(kg * 1e6) / 1e3),
      'must be kilograms with at most three decimals',
    ),
});

export const containerParamSchema = z.strictObject({ id: containerIdSchema });
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{8,128}$/, 'must be 8 to 128 printable characters without spaces');
