import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestOfOneByte } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, countsOf, isOver, magnitudeOf } from './wire-weight.ts';

const DIGITS = 5;

/** Bits from 0: motion, over, under zero, outside zero capture, centre of zero, net; bit 6 is always set. */
function statusRecord(indication: Indication, outsideZeroCapture = false): Uint8Array {
  const { motion, negative, centreOfZero, net } = indication;
  const bits = [motion, isOver(indication), negative, outsideZeroCapture, centreOfZero, net, true];
  const status = bits.reduce((byte, bit, position) => byte | (Number(bit) << position), 0);
  return bytesOf(`\x02?${String.fromCharCode(status)}\r`);
}

function weightRecord(indication: Indication): Uint8Array {
  const { decimals, motion, negative, outOfRange, net } = indication;
  if (motion || negative || outOfRange) return statusRecord(indication);
  const room = decimals === 0 ? DIGITS : DIGITS + 1;
  const weight = magnitudeOf(indication).padStart(room, '0');
  return countsOf(indication) >= 10 ** DIGITS
    ? statusRecord({ ...indication, outOfRange: true })
    : bytesOf(`\x02${weight}${net ? 'N' : ''}\r`);
}

/**
 * Toledo 8217 (Brecknell 67XXU p. 71): `W` brings five digits, or `?` and a status when the weight moves, is negative or out of
 * range. No sign, no unit. `Z` zeroes and answers with the status; E and F switch an echo on and off that is not simulated.
 */
export const toledo8217 = simulatedProtocol({
  name: 'toledo-8217',
  options: z.strictObject({}),
  mode: 'demand',
  says: ['decimals', 'stable', 'mode', 'overload', 'underload'],
  encode: weightRecord,
  requestLength: requestOfOneByte,
  answer(request, panel) {
    const letter = String.fromCharCode(request[0] ?? 0);
    switch (letter) {
      case 'W':
        return weightRecord(panel.indication);
      case 'Z': {
        const refused = panel.press('zero') === 'refused';
        const { indication } = panel;
        return statusRecord(indication, refused && !indication.motion && !indication.outOfRange);
      }
      case 'E':
      case 'F':
        return bytesOf(`\x02${letter}\r`);
      case '\r':
      case '\n':
        return null;
      default:
        return statusRecord(panel.indication);
    }
  },
});
