import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, magnitudeOf } from './wire-weight.ts';

/** Added to the status so that it is a printable character. */
const PRINTABLE = 0x20;
/** Bits of the status. */
const [GROSS, TARE, ZERO, STABLE] = [0x01, 0x02, 0x08, 0x40];

/**
 * Gram PC0 (Z3 manual p. 17): STX, status, sign, seven characters, unit, CR, ETX. There is no bit for out of range, and what the
 * display shows then is no number: silent.
 */
export const gramPc0 = simulatedProtocol({
  name: 'gram-pc0',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'zero'],
  encode(indication) {
    const { net, tare, centreOfZero, motion, outOfRange, negative, unit } = indication;
    if (outOfRange) return null;
    const bits =
      (net ? 0 : GROSS) | (tare === 0 ? 0 : TARE) | (centreOfZero ? ZERO : 0) | (motion ? 0 : STABLE);
    const status = String.fromCharCode(PRINTABLE + bits);
    return bytesOf(`\x02${status}${negative ? '-' : ' '}${fieldOf(magnitudeOf(indication), 7)}${unit}\r\x03`);
  },
});
