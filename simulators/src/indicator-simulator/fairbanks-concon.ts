import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, shownOf, textOf } from './wire-weight.ts';

const UNIT_LETTERS = { kg: 'K', lb: 'L' };

/** Fairbanks Consolidated Controls (2800 p. 66): STX, six characters, unit, flag. Blank and `O` over as well as under. */
export const fairbanksConcon = simulatedProtocol({
  name: 'fairbanks-concon',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'stable', 'out of range'],
  encode(indication) {
    const { outOfRange, motion, decimals, unit } = indication;
    const weight = outOfRange ? '' : textOf(shownOf(indication), decimals);
    const flag = outOfRange ? 'O' : motion ? 'M' : ' ';
    return bytesOf(`\x02${fieldOf(weight, 6)}${UNIT_LETTERS[unit]}${flag}\r`);
  },
});
