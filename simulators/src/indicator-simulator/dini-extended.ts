import { z } from 'zod';
import { answerDiniCommand } from './dini-commands.ts';
import type { Indication } from './indicator.ts';
import { requestToLf } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, isUnder, shownOf, textOf } from './wire-weight.ts';

const options = z.strictObject({
  /** RS-485 address in front of the line, two digits; empty for none. */
  address: z
    .string()
    .regex(/^(?:\d\d)?$/)
    .default(''),
});

/** Status of the scale: over, under, moving, standing. */
export function diniStatusOf(indication: Indication): 'OL' | 'UL' | 'US' | 'ST' {
  if (isOver(indication)) return 'OL';
  if (isUnder(indication)) return 'UL';
  return indication.motion ? 'US' : 'ST';
}

function encodeExtended(indication: Indication, { address }: z.infer<typeof options>): Uint8Array {
  const { decimals, tare, unit } = indication;
  const net = fieldOf(textOf(shownOf(indication), decimals), 10);
  const tareText = fieldOf(textOf(tare, decimals), 10);
  // The two blanks before the tare would be `PT` had it been keyed in; this indicator only weighs its tare.
  return bytesOf(
    `${address}1${diniStatusOf(indication)},${net},  ${tareText},${fieldOf('0', 10)},${unit}\r\n`,
  );
}

/** Dini Argeo extended string, the answer to REXT (3590EXP p. 69, DGT4X p. 52): scale 1, status, net, tare, pieces, unit. */
export const diniExtended = simulatedProtocol({
  name: 'dini-extended',
  options,
  mode: 'demand',
  says: ['sign', 'decimals', 'unit', 'stable', 'overload', 'underload', 'tare'],
  encode: encodeExtended,
  requestLength: requestToLf,
  answer: (request, panel, chosen) =>
    answerDiniCommand(request, panel, chosen.address, {
      REXT: () => encodeExtended(panel.indication, chosen),
    }),
});
