import { z } from 'zod';
import { cardinalWeightOf } from './cardinal-sb400.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, isOver } from './wire-weight.ts';

/** Cardinal SB-200 (225 p. 120): CR in front, six digits with leading zeros, a point always, status, unit, mode, ETX. */
export const cardinalSb200 = simulatedProtocol({
  name: 'cardinal-sb200',
  options: z.strictObject({}),
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'overload', 'underload'],
  encode(indication) {
    const { negative, outOfRange, motion, decimals, net, unit } = indication;
    const weight = `${cardinalWeightOf(indication, 'digits')}${decimals === 0 ? '.' : ''}`;
    const status = isOver(indication) ? 'o' : outOfRange ? 'e' : motion ? 'm' : ' ';
    return bytesOf(`\r${negative ? '-' : ' '}${weight}${status}${unit}${net ? 'N' : 'G'}\x03`);
  },
});
