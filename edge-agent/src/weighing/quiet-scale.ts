import { indicatorOf } from '../indicator/models.ts';
import type { VirtualClock } from '../line/virtual-clock.ts';
import { type DeckRule, deckOf } from './deck.ts';
import { readingOf } from './reading-facts.ts';
import type { Scale } from './register-weight.ts';
import { defaultStabilityRule } from './stability.ts';

/** A scale for tests, without noise: what is put on it stands still at once. */
export interface QuietScale extends Scale {
  /** Shows this many kilograms for seven readings, a tenth of a second apart. */
  show(kg: number): Promise<void>;
}

export function quietScale(
  clock: VirtualClock,
  registeredBefore = false,
  id = 'north',
  changes: Partial<DeckRule> = {},
): QuietScale {
  const stability = defaultStabilityRule;
  const rule = { thresholdKg: 500, maxKg: 60_000, zeroBandKg: 50, staleAfterMs: 1000, stability, ...changes };
  const deck = deckOf(rule, registeredBefore);
  return {
    id,
    deck,
    indicator: indicatorOf({ model: 'mt-continuous' }),
    async show(kg) {
      for (let index = 0; index < 7; index += 1) {
        await clock.advance(100);
        deck.read(readingOf({ atMs: clock.monotonicMs(), value: String(kg) }));
      }
    },
  };
}
