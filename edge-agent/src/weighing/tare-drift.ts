import { gramsOf, type TareDrift } from '@weighgate/protocol';
import type { CommissionedIndication } from './commissioned-indication.ts';

/** How many of a truck's last tares are looked at. */
export const TARES_COMPARED = 20;
/** With fewer there is nothing to compare with. */
const MIN_TARES = 5;

/**
 * Whether a tare is out of line with those before it: beyond three times their spread and beyond two scale intervals.
 * @param recentG the truck's tares before this one, in grams
 * @returns null when it is in line, or there are too few to tell
 */
export function tareDriftOf(tareG: number, recentG: readonly number[], intervalG: number): TareDrift | null {
  if (recentG.length < MIN_TARES) return null;
  const medianG = medianOf(recentG);
  const madG = medianOf(recentG.map((one) => Math.abs(one - medianG)));
  const deviationG = tareG - medianG;
  const isOut = Math.abs(deviationG) > 3 * madG && Math.abs(deviationG) > 2 * intervalG;
  return isOut ? { medianG, madG, deviationG } : null;
}

/** The middle one, or the mean of the two in the middle, rounded to the gram. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return Math.round((low + high) / 2);
}

/** The scale interval in grams: as commissioned, or the 20 kg of a common truck scale where nobody has said. */
export function intervalOf(commissioned: CommissionedIndication | undefined): number {
  return commissioned === undefined ? 20_000 : gramsOf(commissioned.interval, commissioned.unit);
}
