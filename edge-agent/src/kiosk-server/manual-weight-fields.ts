import { gramsOf, manualWeightSchema, pinSchema } from '@weighgate/protocol';
import { z } from 'zod';
import type { GivenWeight } from '../weighing/manual-weight.ts';

/** The keys of a body that give a manual weight. `weight` is in `unit`, to three decimals; kilograms when none is named. */
export const manualWeightFields = {
  weight: z
    .number()
    .positive({ abort: true })
    .max(1_000_000)
    .refine((weight) => /^\d+(\.\d{1,3})?$/.test(String(weight)), 'must have at most three decimals')
    .optional(),
  unit: z.enum(['kg', 'lbs']).optional(),
  reason: manualWeightSchema.shape.reason.optional(),
  operator: manualWeightSchema.shape.operator.optional(),
  secondBy: manualWeightSchema.shape.operator.optional(),
  secondPin: pinSchema.optional(),
};

const fieldsSchema = z.strictObject(manualWeightFields);
type ManualWeightFields = z.infer<typeof fieldsSchema>;

/** A manual weight as it was asked for; whoever is signed in stands for an operator who is not named. */
export type AskedWeight = Omit<GivenWeight, 'operator' | 'secondBy'> & {
  operator: string | null;
  secondBy: string | null;
  secondPin: string | null;
};

/** What goes wrong between the keys: a weight without its reason, or the others without a weight. */
export function checkManualWeight(fields: ManualWeightFields, context: z.RefinementCtx): void {
  const { weight, unit, reason, operator, secondBy, secondPin } = fields;
  const fault = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (weight === undefined) {
    for (const [key, value] of Object.entries({ unit, reason, operator, secondBy, secondPin })) {
      if (value !== undefined) fault(key, 'goes with a weight that is given by hand');
    }
    return;
  }
  if (reason === undefined) fault('reason', 'is missing: a weight given by hand needs one');
  if (gramsOf(String(weight), unitOf(unit)) === 0) fault('weight', 'must be more than 0 g');
}

/** The manual weight that keys which passed {@link checkManualWeight} give; undefined when the deck is to be read. */
export function askedWeightOf({
  weight,
  unit,
  reason,
  operator,
  secondBy,
  secondPin,
}: ManualWeightFields): AskedWeight | undefined {
  if (weight === undefined || reason === undefined) return undefined;
  return {
    value: String(weight),
    unit: unitOf(unit),
    reason,
    operator: operator ?? null,
    secondBy: secondBy ?? null,
    secondPin: secondPin ?? null,
  };
}

function unitOf(unit: 'kg' | 'lbs' | undefined): 'kg' | 'lb' {
  return unit === 'lbs' ? 'lb' : 'kg';
}
