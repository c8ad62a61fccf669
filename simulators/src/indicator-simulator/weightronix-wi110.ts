import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, magnitudeOf } from './wire-weight.ts';

const WIDTH = 5;

/**
 * Weigh-Tronix WI-110 (Cardinal 200 p. 43, Brecknell RD-65 p. 6): mode, polarity, five characters, unit. No status: silent out
 * of range, and when the weight has more than five characters, as the display has no room for it either.
 */
export const weightronixWi110 = simulatedProtocol({
  name: 'weightronix-wi110',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'mode'],
  encode(indication) {
    const { net, negative, outOfRange, unit } = indication;
    const magnitude = magnitudeOf(indication);
    if (outOfRange || magnitude.length > WIDTH) return null;
    const weight = `${negative ? '-' : '+'}${fieldOf(magnitude, WIDTH, '0')}`;
    return bytesOf(`${net ? 'N' : 'G'} ${weight} ${unit}\r\n`);
  },
});
