import { gramsOf, kgOf } from '@weighgate/protocol';
import type { CommissionedIndication } from './commissioned-indication.ts';
import type { DeckRule } from './deck.ts';
import type { Refusal } from './refusal.ts';

/** What a scale says of a typed tare. */
export type PresetTareRule = Pick<DeckRule, 'maxKg' | 'commissioned'>;

/**
 * A typed tare as a scale could have shown it: in whole intervals, rounded half up (OIML R 76-1 4.7.1), and not above
 * Max. Where nobody has said the interval it stays as typed.
 * @param tareG grams, not below zero
 */
export function presetTareOn(
  tareG: number,
  { maxKg, commissioned }: PresetTareRule,
): { kind: 'tare'; tareG: number } | { kind: 'refused'; refusal: Refusal } {
  if (kgOf(tareG) > maxKg) return { kind: 'refused', refusal: { code: 'preset_tare_above_maximum', maxKg } };
  return { kind: 'tare', tareG: commissioned === undefined ? tareG : inIntervals(tareG, commissioned) };
}

/**
 * A typed tare while it is not known which of several scales it will be used on: the largest Max counts, and it is
 * rounded where all have one interval.
 */
export function presetTareOnAny(tareG: number, rules: readonly PresetTareRule[]) {
  const [first] = rules;
  const isOne = rules.every(
    ({ commissioned }) =>
      commissioned?.unit === first?.commissioned?.unit &&
      commissioned?.interval === first?.commissioned?.interval,
  );
  const maxKg = Math.max(...rules.map((rule) => rule.maxKg));
  return presetTareOn(tareG, { maxKg, commissioned: isOne ? first?.commissioned : undefined });
}

function inIntervals(tareG: number, { unit, interval }: CommissionedIndication): number {
  const decimals = interval.split('.')[1]?.length ?? 0;
  const step = Number(interval);
  const gramsPerUnit = gramsOf('10000', unit) / 10_000;
  const steps = Math.floor(tareG / (gramsPerUnit * step) + 0.5);
  return gramsOf((steps * step).toFixed(decimals), unit);
}
