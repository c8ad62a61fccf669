import { gramsOf, isoInstant, kgOf, type ManualWeight } from '@weighgate/protocol';
import type { RegisterWeightParts, Registration, Scale } from './register-weight.ts';

/** A weight that a person gives because the scale cannot. */
export interface GivenWeight extends ManualWeight {
  /** Decimal text, as it was given. */
  value: string;
  unit: 'kg' | 'lb';
}

/**
 * Fixes a given weight for the record, marked manual. The deck has no say in it but for its maximum; the mark stays with
 * the weight wherever it is shown.
 */
export function manualWeightOf(
  { id, deck, indicator }: Scale,
  { value, unit, ...manual }: GivenWeight,
  { clock, makeId }: RegisterWeightParts,
): Registration {
  const grossG = gramsOf(value, unit);
  const { maxKg } = deck.rule;
  if (kgOf(grossG) > maxKg) return { kind: 'refused', refusal: { code: 'above_maximum', maxKg } };
  return {
    kind: 'registered',
    weight: {
      weightId: makeId(),
      scaleId: id,
      grossG,
      source: 'manual',
      manual,
      indication: { value, unit, increment: null },
      stability: 'person',
      indicator: { model: indicator.model, options: indicator.options },
      registeredAt: isoInstant(clock.now()),
      frames: [],
    },
  };
}
