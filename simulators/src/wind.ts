import type { Random } from './random.ts';
import { vibrationOf } from './vibration.ts';

/**
 * What wind and slow drift of the cells add to the deck, in kg: at most 8 kg in either direction, which is less than
 * half of a usual 20 kg interval, so that an empty deck shows zero.
 */
export function windOnDeck(random: Random): (tMs: number) => number {
  const gusts = vibrationOf(random.fork('gusts'), { tones: 3, hz: [0.05, 0.4], amplitudeKg: [0.5, 2] });
  const drift = vibrationOf(random.fork('drift'), {
    tones: 1,
    hz: [1 / 900, 1 / 300],
    amplitudeKg: [0.5, 2],
  });
  return (tMs) => gusts(tMs) + drift(tMs);
}
