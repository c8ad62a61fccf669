import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isUnder, shownOf, textOf } from './wire-weight.ts';

/** Second digit of the identification: gross and net, in pounds and in kilograms. */
const ID_DIGITS = { lb: { gross: 0, net: 1 }, kg: { gross: 3, net: 4 } };

/** Fairbanks with identification (2800 p. 66): STX, 4 and a digit, six characters, ETX. Dashes over; under, silence. */
export const fairbanksId = simulatedProtocol({
  name: 'fairbanks-id',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'mode', 'overload'],
  encode(indication) {
    if (isUnder(indication)) return null;
    const { outOfRange, decimals, unit, net } = indication;
    const weight = outOfRange ? '------' : fieldOf(textOf(shownOf(indication), decimals), 6);
    return bytesOf(`\x024${ID_DIGITS[unit][net ? 'net' : 'gross']}${weight}\x03`);
  },
});
