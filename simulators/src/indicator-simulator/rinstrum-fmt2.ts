import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, magnitudeOf } from './wire-weight.ts';

function firstStatusOf(indication: Indication): string {
  if (indication.outOfRange) return isOver(indication) ? 'O' : 'U';
  return indication.net ? 'N' : 'G';
}

/**
 * Rinstrum FMT_2 (R320 p. 46): STX, sign, seven characters, four status characters (gross or net or out of range; motion;
 * centre of zero; `-` for one range), unit, ETX. While it moves the unit is blank.
 */
export const rinstrumFmt2 = simulatedProtocol({
  name: 'rinstrum-fmt2',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'zero', 'overload', 'underload'],
  encode(indication) {
    const { negative, motion, centreOfZero, unit } = indication;
    const weight = `${negative ? '-' : ' '}${fieldOf(magnitudeOf(indication), 7)}`;
    const status = `${firstStatusOf(indication)}${motion ? 'M' : ' '}${centreOfZero ? 'Z' : ' '}-`;
    return bytesOf(`\x02${weight}${status}${fieldOf(motion ? '' : unit, 3)}\x03`);
  },
});
