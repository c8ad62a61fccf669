import {
  containerIdSchema,
  containersSchema,
  produceIdSchema,
  providerNameSchema,
  truckIdSchema,
} from '@weighgate/protocol';
import { z } from 'zod';
import { askedWeightOf, checkManualWeight, manualWeightFields } from './manual-weight-fields.ts';

/** `na`, an empty text and nothing mean the same: not given. */
const orNotGiven = (schema: z.ZodType<string>) =>
  z
    .preprocess((value) => (value === 'na' || value === '' ? null : value), schema.nullish())
    .transform((text) => text ?? null);

/** Containers as a list, or as text with commas between them. */
const containersField = z
  .preprocess(
    (value) => (typeof value === 'string' ? splitByComma(value) : value),
    containersSchema.nullish(),
  )
  .transform((ids) => ids ?? null);

function splitByComma(text: string): string[] {
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

/**
 * Body of `POST /api/weight/weight`. Without a weight in it the agent registers what stands stable on the deck; with one
 * it is a manual weight. `none` is the wire's word for a single weighing. With `force` a weighing in takes the place of
 * the open one of that truck.
 */
export const weighBodySchema = z
  .strictObject({
    direction: z.enum(['in', 'out', 'none']),
    truck: orNotGiven(truckIdSchema),
    containers: containersField,
    produce: orNotGiven(produceIdSchema),
    /** Who delivers, by name; `na` and nothing mean that the site looks it up. */
    provider: orNotGiven(providerNameSchema),
    scale: z
      .string()
      .min(1)
      .max(32)
      .nullish()
      .transform((id) => id ?? null),
    force: z.boolean().default(false),
    /** `check`: only a look at the weight of a truck that may be inside. */
    purpose: z.literal('check').optional(),
    /** A weighing out of a truck that was not weighed in, with its stored tare. */
    useStoredTare: z.boolean().default(false),
    /** An expired tare still holds, says whoever is signed in. */
    confirmExpiredTare: z.boolean().default(false),
    ...manualWeightFields,
  })
  .superRefine(checkManualWeight)
  .refine(({ direction, useStoredTare }) => !useStoredTare || direction === 'out', {
    path: ['useStoredTare'],
    message: 'goes with the direction out only',
  })
  .refine(({ direction, purpose }) => purpose === undefined || direction === 'none', {
    path: ['purpose'],
    message: 'goes with the direction none only',
  })
  .transform(({ weight, unit, reason, operator, secondBy, secondPin, ...body }) => ({
    ...body,
    manual: askedWeightOf({ weight, unit, reason, operator, secondBy, secondPin }),
  }));

/** Kilograms, to the gram. */
export const massKgSchema = z
  .number()
  .nonnegative()
  .max(100_000)
  .refine((kg) => /^-?\d+(\.\d{1,3})?$/.test(String(kg)), 'must be kilograms with at most three decimals');

/** Body of `PUT /api/weight/containers/{id}`: the tare in kilograms, to the gram. */
export const containerBodySchema = z.strictObject({
  tareKg: massKgSchema,
});

export const containerParamSchema = z.strictObject({ id: containerIdSchema });
