import { numberField } from './number-field.ts';

/**
 * The weight in the eight characters of an "=" stream, which are digits from edge to edge, with at most one point, and
 * the sign of a negative weight in the place of the most significant digit.
 * @param order `reversed`: the last digit comes first, so that `08654000` is 45680
 * @returns null when they are not that
 */
export function equalsWeight(field: Uint8Array, order: 'forward' | 'reversed'): string | null {
  if (field.length !== 8) return null;
  const characters = Buffer.from(order === 'reversed' ? field.toReversed() : field).toString('latin1');
  return /^[-\d]\d*\.?\d*$/.test(characters) ? numberField(characters) : null;
}
