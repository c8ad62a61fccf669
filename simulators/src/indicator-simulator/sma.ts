import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestText, requestToCr } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, isUnder, magnitudeOf, shownOf, textOf } from './wire-weight.ts';

const options = z.strictObject({
  /** The reserved sixth character: a blank, the `F` of a PR5410, or missing as on the Cardinal and Detecto 204. */
  custom: z.enum(['blank', 'F', 'absent']).default('blank'),
});
type Options = z.infer<typeof options>;

const ESC = '\x1b';

function stateOf(indication: Indication): string {
  if (isOver(indication)) return 'O';
  if (isUnder(indication)) return 'U';
  return indication.centreOfZero ? 'Z' : ' ';
}

function frameOf(
  { net, motion, unit }: Indication,
  { custom }: Options,
  { state, weight, mode = net ? 'N' : 'G' }: { state: string; weight: string; mode?: string },
): Uint8Array {
  const reserved = { blank: ' ', F: 'F', absent: '' }[custom];
  return bytesOf(
    `\n${state}1${mode}${motion ? 'M' : ' '}${reserved}${fieldOf(weight, 10)}${unit.padEnd(3)}\r`,
  );
}

function weightFrame(indication: Indication, chosen: Options): Uint8Array {
  const sign = shownOf(indication) < 0 ? '-' : '';
  return frameOf(indication, chosen, {
    state: stateOf(indication),
    weight: sign + magnitudeOf(indication),
  });
}

/**
 * Scale Manufacturers Association SCP-0499 (Sartorius PR5211 p. 50, Fairbanks PR5410 p. 120, Cardinal 225 p. 117): 20
 * bytes without check. Out of range it says so and still sends digits.
 */
export const sma = simulatedProtocol({
  name: 'sma',
  options,
  mode: 'demand',
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'zero', 'overload', 'underload'],
  encode: weightFrame,
  requestLength: (received) => (received[0] === ESC.charCodeAt(0) ? 1 : requestToCr(received)),
  answer(request, panel, chosen) {
    const command = requestText(request);
    panel.stream(command === 'R');
    const keyed = (button: 'zero' | 'tare', error: string) =>
      panel.press(button) === 'done'
        ? weightFrame(panel.indication, chosen)
        : frameOf(panel.indication, chosen, { state: error, weight: '-'.repeat(10) });
    switch (command) {
      case ESC:
        return null;
      case 'W':
      case 'P':
      case 'R':
        return weightFrame(panel.indication, chosen);
      case 'Z':
        return keyed('zero', 'E');
      case 'T':
        return keyed('tare', 'T');
      case 'M': {
        const { tare, decimals } = panel.indication;
        return frameOf(panel.indication, chosen, { state: ' ', weight: textOf(tare, decimals), mode: 'T' });
      }
      case 'C':
        panel.press('clear');
        return weightFrame(panel.indication, chosen);
      case 'A':
        return bytesOf('\nSMA:2/1.0\r\nMFG:Simulated\r\nMOD:1\r\nREV:1.0\r\nSN :1\r\nEND:\r');
      default:
        return bytesOf('\n?\r');
    }
  },
});
