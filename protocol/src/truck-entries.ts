import { z } from 'zod';
import { gramsSchema } from './mass.ts';
import { stampFields } from './operator-entries.ts';
import { truckIdSchema } from './truck.ts';

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
  /** Chance has chosen this load to be looked at. */
  inspection: z.literal(true).optional(),
};
