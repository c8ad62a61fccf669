import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, countsOf, isOver, zeroedFieldOf } from './wire-weight.ts';

/** Sign and eight characters with leading zeros. */
export function flintecWeightOf(counts: number, decimals: number): string {
  return `${counts < 0 ? '-' : '+'}${zeroedFieldOf(Math.abs(counts), decimals, 8)}`;
}

/** Flintec fast continuous (FT-112 p. 110): STX, S or D, sign, eight characters; `+` and `-` alone out of range. */
export const flintecFast = simulatedProtocol({
  name: 'flintec-fast',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'stable', 'overload', 'underload'],
  encode(indication) {
    const { outOfRange, motion, negative, decimals } = indication;
    if (outOfRange) return bytesOf(`\x02${isOver(indication) ? '+' : '-'}\r\n`);
    const counts = negative ? -countsOf(indication) : countsOf(indication);
    return bytesOf(`\x02${motion ? 'D' : 'S'}${flintecWeightOf(counts, decimals)}\r\n`);
  },
});
