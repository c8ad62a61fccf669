import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestText, requestToCr } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, magnitudeOf } from './wire-weight.ts';

const options = z.strictObject({
  end: z.enum(['crlf', 'cr']).default('crlf'),
  /** Whether the status letter `Z` exists, as on the 680 and 682. */
  centreOfZero: z.boolean().default(true),
});

const UNIT_LETTERS = { kg: 'K', lb: 'L' };
const KEYS = new Map([
  ['KZERO', 'zero'],
  ['KTARE', 'tare'],
  ['KCLR', 'clear'],
] as const);

function statusOf(indication: Indication, withZero: boolean): string {
  if (indication.outOfRange) return 'O';
  if (indication.motion) return 'M';
  return withZero && indication.centreOfZero ? 'Z' : ' ';
}

/**
 * Rice Lake, Condec and IQ plus: STX, polarity, 7 characters of weight, unit, mode, status (Rice Lake 680 p. 63, 482-AG
 * p. 37). `O` is over as well as under; the polarity tells them apart. EDP commands end with CR.
 */
export const ricelakeCondec = simulatedProtocol({
  name: 'ricelake-condec',
  options,
  says: ({ centreOfZero }) => [
    'sign',
    'decimals',
    'unit',
    'stable',
    'mode',
    'overload',
    'underload',
    ...(centreOfZero ? (['zero'] as const) : []),
  ],
  encode: encodeCondec,
  requestLength: requestToCr,
  answer(request, panel, chosen) {
    const command = requestText(request);
    if (command === 'SX' || command === 'EX') panel.stream(command === 'SX');
    for (const [edp, button] of KEYS) if (edp === command) panel.press(button);
    return command === 'S' ? encodeCondec(panel.indication, chosen) : null;
  },
});

function encodeCondec(indication: Indication, { end, centreOfZero }: z.infer<typeof options>): Uint8Array {
  const { negative, net, unit } = indication;
  const polarity = negative ? '-' : ' ';
  const weight = fieldOf(magnitudeOf(indication), 7);
  const status = statusOf(indication, centreOfZero);
  return bytesOf(
    `\x02${polarity}${weight}${UNIT_LETTERS[unit]}${net ? 'N' : 'G'}${status}\r${end === 'cr' ? '' : '\n'}`,
  );
}
