import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, magnitudeOf } from './wire-weight.ts';

function statusOf({ outOfRange, motion, negative }: Indication): string {
  if (outOfRange) return 'O';
  if (motion) return 'M';
  return negative ? '-' : ' ';
}

/**
 * Western DF1500 string (M2000 manual p. 102, positions 1 to 19). The M1 manual leaves out the blank before the unit, which
 * makes 18 bytes although it says 19: `unitBlank` false.
 */
export const westernDf1500 = simulatedProtocol({
  name: 'western-df1500',
  options: z.strictObject({ unitBlank: z.boolean().default(true) }),
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'overload', 'underload'],
  encode(indication, { unitBlank }) {
    const { negative, net, unit } = indication;
    const weight = fieldOf(magnitudeOf(indication), 7);
    const unitText = `${unitBlank ? ' ' : ''}${unit.toUpperCase()}`;
    const mode = net ? 'NT' : 'GR';
    return bytesOf(`\x02${negative ? '-' : ' '}${weight}${unitText} ${mode} ${statusOf(indication)}\r\n`);
  },
});
