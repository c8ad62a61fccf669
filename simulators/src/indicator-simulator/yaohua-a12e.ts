import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, isOver, shownOf, zeroedFieldOf } from './wire-weight.ts';
import { yaohuaCheckOf } from './yaohua-check.ts';

/** The first eleven characters. Without a point the seventh of the weight is a blank. */
function contentOf(indication: Indication): string {
  const { net, outOfRange, decimals, unit } = indication;
  if (outOfRange) return `${' '.repeat(9)}${isOver(indication) ? 'OL' : 'LO'}`;
  const shown = shownOf(indication);
  const weight = decimals === 0 ? `${zeroedFieldOf(shown, 0, 6)} ` : zeroedFieldOf(shown, decimals, 7);
  return `W${net ? 'N' : 'G'}${weight}${unit}`;
}

/** Yaohua XK3190-A12(E) (manual p. 12): 15 bytes, the first eleven checked by exclusive or; `OL` and `LO` out of range. */
export const yaohuaA12e = simulatedProtocol({
  name: 'yaohua-a12e',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'mode', 'overload', 'underload'],
  encode(indication) {
    const content = contentOf(indication);
    return bytesOf(`${content}${yaohuaCheckOf(bytesOf(content))}\r\n`);
  },
});
