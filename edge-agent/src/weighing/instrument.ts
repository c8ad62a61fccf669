import { gramsOf, type Instrument } from '@weighgate/protocol';
import type { DeckRule } from './deck.ts';

/** What a record says of the instrument that weighed (LM-31). */
export function instrumentOf(
  serialNo: string | undefined,
  { minKg = 0, maxKg, commissioned }: Pick<DeckRule, 'minKg' | 'maxKg' | 'commissioned'>,
): Instrument {
  return {
    serialNo: serialNo ?? null,
    interval: commissioned === undefined ? null : { value: commissioned.interval, unit: commissioned.unit },
    minG: gramsOf(String(minKg), 'kg'),
    maxG: gramsOf(String(maxKg), 'kg'),
  };
}
