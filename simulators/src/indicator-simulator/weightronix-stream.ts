import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, magnitudeOf } from './wire-weight.ts';

/**
 * Weigh-Tronix stream as a WI-120 and a Rice Lake 920i send it (920i V1.05 p. 96): blank, mode, polarity, six characters with
 * leading zeros, unit. No status; out of range weight and legend are blank (Fairbanks 2800 p. 67).
 */
export const weightronixStream = simulatedProtocol({
  name: 'weightronix-stream',
  options: z.strictObject({ end: z.enum(['crlf', 'cr']).default('crlf') }),
  says: ['sign', 'decimals', 'unit', 'mode'],
  encode(indication, { end }) {
    const { net, negative, outOfRange, unit } = indication;
    const shown = outOfRange
      ? ' '.repeat(8)
      : `${net ? 'N' : 'G'}${negative ? '-' : '+'}${fieldOf(magnitudeOf(indication), 6, '0')}`;
    return bytesOf(` ${shown} ${unit}\r${end === 'cr' ? '' : '\n'}`);
  },
});
