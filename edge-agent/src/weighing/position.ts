import type { Refusal } from './refusal.ts';

/**
 * Whether a truck stands wholly on a deck, by all its sensors together. `unknown`: no sensor is cut and one has nothing
 * to say; `refuses` is what the site decided of that sensor.
 */
export type Position =
  | { kind: 'clear' }
  | { kind: 'cut'; sensor: string }
  | { kind: 'unknown'; sensor: string; refuses: boolean };

/** Why a truck in this position is not weighed; null when it is. What is not known is never taken for clear. */
export function positionRefusalOf(
  position: Position,
): Extract<Refusal, { code: 'position_cut' | 'position_unknown' }> | null {
  if (position.kind === 'cut') return { code: 'position_cut', beam: position.sensor };
  if (position.kind === 'unknown' && position.refuses)
    return { code: 'position_unknown', sensor: position.sensor };
  return null;
}
