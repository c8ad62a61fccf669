import type { Refusal } from './refusal.ts';

/** The scale asked for, or the only one; among several none is guessed. */
export function chooseScale<S extends { id: string }>(
  scales: readonly S[],
  scaleId: string | null,
): { kind: 'chosen'; scale: S } | { kind: 'refused'; refusal: Refusal } {
  const known = scales.map(({ id }) => id);
  if (scaleId === null && scales.length > 1)
    return { kind: 'refused', refusal: { code: 'scale_missing', known } };
  const scale = scales.find(({ id }) => id === (scaleId ?? known[0]));
  if (scale === undefined)
    return { kind: 'refused', refusal: { code: 'unknown_scale', scaleId: scaleId ?? '', known } };
  return { kind: 'chosen', scale };
}
