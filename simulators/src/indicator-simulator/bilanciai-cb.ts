import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, countsOf } from './wire-weight.ts';

const DIGITS = 5;

/**
 * Bilanciai Cb (DD700 p. 7): `$`, 0 stable, 1 unstable or 3 invalid (negative as well as overload), five digits without point. Of
 * more than five digits the least significant are not sent.
 */
export const bilanciaiCb = simulatedProtocol({
  name: 'bilanciai-cb',
  options: z.strictObject({}),
  says: ['stable', 'out of range'],
  encode(indication) {
    const { outOfRange, negative, motion } = indication;
    const state = outOfRange || negative ? 3 : motion ? 1 : 0;
    const digits = String(countsOf(indication)).padStart(DIGITS, '0').slice(0, DIGITS);
    return bytesOf(`$${state}${digits}\r`);
  },
});
