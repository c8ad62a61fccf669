import { strict as assert } from 'node:assert';
import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, shownOf } from './wire-weight.ts';
import { yaohuaCheckOf } from './yaohua-check.ts';

const MAX_DECIMALS = 4;

/** Sign, six digits without a point, and the place of the point counted from the right. */
export function yaohuaWeightOf(counts: number, decimals: number): string {
  assert(decimals <= MAX_DECIMALS, `at most ${MAX_DECIMALS} decimals, not ${decimals}`);
  return `${counts < 0 ? '-' : '+'}${fieldOf(String(Math.abs(counts)), 6, '0')}${decimals}`;
}

/**
 * Yaohua XK3190 continuous, tF=0 (A9+, DS3 p. 8, Keli K9-R p. 9): 12 bytes, checked by exclusive or. It says nothing but the
 * weight. Above Max models differ: most fall silent, some go on sending digits.
 */
export const yaohuaXor = simulatedProtocol({
  name: 'yaohua-xor',
  options: z.strictObject({
    checkLetters: z.enum(['hex', 'plus30']).default('hex'),
    outOfRange: z.enum(['silence', 'digits']).default('silence'),
  }),
  says: ['sign', 'decimals'],
  encode(indication, { checkLetters, outOfRange }) {
    if (indication.outOfRange && outOfRange === 'silence') return null;
    const weight = yaohuaWeightOf(shownOf(indication), indication.decimals);
    return bytesOf(`\x02${weight}${yaohuaCheckOf(bytesOf(weight), checkLetters)}\x03`);
  },
});
