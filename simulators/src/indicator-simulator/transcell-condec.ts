import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, magnitudeOf } from './wire-weight.ts';

/**
 * Transcell string format 1 (TI-500 RF p. 27): STX, polarity, 8 characters of weight, unit and mode between blanks. It has
 * no status; what it sends out of range is not documented, so it stays silent then.
 */
export const transcellCondec = simulatedProtocol({
  name: 'transcell-condec',
  options: z.strictObject({ unitLetters: z.enum(['lower', 'upper']).default('lower') }),
  says: ['sign', 'decimals', 'unit', 'mode'],
  encode(indication, { unitLetters }) {
    const { negative, net, unit, outOfRange } = indication;
    if (outOfRange) return null;
    const polarity = negative ? '-' : ' ';
    const unitText = unitLetters === 'upper' ? unit.toUpperCase() : unit;
    const weight = fieldOf(magnitudeOf(indication), 8);
    return bytesOf(`\x02${polarity}${weight} ${unitText} ${net ? 'NT' : 'GR'}\r\n`);
  },
});
