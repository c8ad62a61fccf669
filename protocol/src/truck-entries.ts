import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { uuidSchema } from './id.ts';
import { gramsSchema } from './mass.ts';
import { masterDataUsedSchema } from './master-data-used.ts';
import { stampFields } from './operator-entries.ts';
import { registeredWeightSchema } from './registered-weight.ts';
import { truckIdSchema } from './truck.ts';
import {
  containersSchema,
  produceIdSchema,
  providerNameSchema,
  tareUsedSchema,
  ticketNoSchema,
} from './weighing-fields.ts';

/** What a weighing of a truck over its legal gross comes to: it is recorded and said, or it is refused. */
export const overloadPolicySchema = z.enum(['warn', 'refuse']);

/** A truck's legal gross, in grams, was set; null: it has none here any more. */
export const truckLegalGrossSetBody = z.strictObject({
  truck: truckIdSchema,
  legalGrossG: gramsSchema.positive().nullable(),
  overload: overloadPolicySchema,
  previousLegalGrossG: gramsSchema.positive().nullable(),
  ...stampFields,
});

/** What a weighing of a truck says beside its weight. */
export const truckWeighingFields = {
  /** The truck's legal gross at that moment; left out where none was set. */
  legalGrossG: gramsSchema.positive().optional(),
  /** Who delivers, where the request said it or this site knows it of the truck. */
  provider: providerNameSchema.optional(),
  /** Chance has chosen this load to be looked at. */
  inspection: z.literal(true).optional(),
  masterData: masterDataUsedSchema.optional(),
};

/**
 * A tare taken from the record. `weighed`: what the truck weighed when it was last weighed out, whose weight is named.
 * `preset`: typed, and marked PT wherever it is shown (OIML R 76-1 4.7).
 */
export const storedTareSchema = z.strictObject({
  kind: z.enum(['weighed', 'preset']),
  tareG: gramsSchema.nonnegative(),
  setAt: instantSchema,
  validUntil: instantSchema,
  weightId: uuidSchema.nullable(),
  /** It had expired, and somebody at the desk said it still holds. */
  confirmed: z.literal(true).optional(),
});
export type StoredTare = z.infer<typeof storedTareSchema>;

/** How a truck's tare compares with its last ones, in grams; the spread is the median distance from their median. */
export const tareDriftSchema = z.strictObject({
  medianG: gramsSchema,
  madG: gramsSchema.nonnegative(),
  deviationG: gramsSchema,
});
export type TareDrift = z.infer<typeof tareDriftSchema>;

/** A truck was weighed once, loaded, and its net computed with the tare that is stored of it. */
export const sessionOnePassBody = z.strictObject({
  sessionId: uuidSchema,
  ticketNo: ticketNoSchema,
  truck: truckIdSchema,
  produce: produceIdSchema.nullable(),
  containers: containersSchema,
  weight: registeredWeightSchema,
  storedTare: storedTareSchema,
  /** Those of the containers. */
  tares: z.array(tareUsedSchema).max(50),
  net: z.strictObject({
    kind: z.literal('known'),
    netG: gramsSchema.nonnegative(),
    truckTareG: gramsSchema.nonnegative(),
  }),
  ...truckWeighingFields,
  ...stampFields,
});

/** Somebody typed a truck's tare. */
export const truckTareSetBody = z.strictObject({
  truck: truckIdSchema,
  tareG: gramsSchema.nonnegative(),
  previousTareG: gramsSchema.nonnegative().nullable(),
  ...stampFields,
});
