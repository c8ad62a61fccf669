import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestOfOneByte } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, countsOf, isOver, textOf } from './wire-weight.ts';

const DIGITS = 6;
const ENQ = 0x05;

const options = z.strictObject({
  leadingZeros: z.enum(['digits', 'spaces']).default('digits'),
  /** Detecto 185 and 204 put blanks between the fields and write the unit in capitals. */
  spaced: z.boolean().default(false),
});
type Options = z.infer<typeof options>;

/** Six digits, and a point among them that does not count. */
export function cardinalWeightOf(indication: Indication, leadingZeros: 'digits' | 'spaces'): string {
  const { decimals } = indication;
  const width = decimals === 0 ? DIGITS : DIGITS + 1;
  return textOf(countsOf(indication), decimals).padStart(width, leadingZeros === 'digits' ? '0' : ' ');
}

/** One field for everything: while it moves, nobody knows whether it is at zero. */
function statusOf(indication: Indication): string {
  if (isOver(indication)) return 'OC';
  if (indication.outOfRange) return 'ee';
  if (indication.motion) return 'MO';
  return indication.centreOfZero ? 'CZ' : '  ';
}

function encodeSb400(indication: Indication, { leadingZeros, spaced }: Options): Uint8Array {
  const { negative, net, unit } = indication;
  const weight = `${negative ? '-' : ' '}${cardinalWeightOf(indication, leadingZeros)}`;
  const mode = net ? 'N' : 'G';
  const status = statusOf(indication);
  return spaced
    ? bytesOf(`${weight} ${unit.toUpperCase()} ${mode} ${status.toUpperCase()} \r`)
    : bytesOf(`${weight}${unit}${mode}${status}\r`);
}

/** Cardinal SB-400 and scoreboard format (225 p. 117, 212 p. 91, Detecto 185 p. 26). ENQ asks for a frame. */
export const cardinalSb400 = simulatedProtocol({
  name: 'cardinal-sb400',
  options,
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'zero', 'overload', 'underload'],
  encode: encodeSb400,
  requestLength: requestOfOneByte,
  answer: (request, panel, chosen) => (request[0] === ENQ ? encodeSb400(panel.indication, chosen) : null),
});
