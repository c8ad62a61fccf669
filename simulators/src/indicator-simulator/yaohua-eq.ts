import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, shownOf, zeroedFieldOf } from './wire-weight.ts';

/**
 * Yaohua `=` streams (A26 p. 12, A23p p. 23): `=` and 8 characters, sign or 0 first, point where the display has it. Format 1
 * sends the characters last to first, format 2 as they are read. No check, no status: silent out of range.
 */
export const yaohuaEq = simulatedProtocol({
  name: 'yaohua-eq',
  options: z.strictObject({ order: z.enum(['reversed', 'forward']).default('reversed') }),
  says: ['sign', 'decimals'],
  encode(indication, { order }) {
    if (indication.outOfRange) return null;
    const shown = zeroedFieldOf(shownOf(indication), indication.decimals, 8);
    return bytesOf(`=${order === 'forward' ? shown : [...shown].reverse().join('')}`);
  },
});
