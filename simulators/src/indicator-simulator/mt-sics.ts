import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestText, requestToLf } from './request-length.ts';
import { type IndicatorPanel, simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, isUnder, shownOf, textOf } from './wire-weight.ts';

const options = z.strictObject({
  /** What the terminal says of itself. */
  serialNumber: z
    .string()
    .regex(/^[\x20-\x7e]{1,20}$/)
    .default('B021002593'),
});

const lines = (...texts: string[]) => bytesOf(texts.map((text) => `${text}\r\n`).join(''));

const weightAndUnit = (counts: number, { decimals, unit }: Indication) =>
  `${fieldOf(textOf(counts, decimals), 10)} ${unit}`;

/** What is wrong with the weight, as the character that stands in the place of the status. */
function troubleOf(indication: Indication): '+' | '-' | undefined {
  if (isOver(indication)) return '+';
  return isUnder(indication) ? '-' : undefined;
}

function weightLine(indication: Indication): string {
  const trouble = troubleOf(indication);
  if (trouble !== undefined) return `S ${trouble}`;
  return `S ${indication.motion ? 'D' : 'S'} ${weightAndUnit(shownOf(indication), indication)}`;
}

/** Zero and tare: `A` or `S` when done, `I` when it must stand still first, `+` or `-` when outside the range. */
function pressed(panel: IndicatorPanel, id: string, button: 'zero' | 'tare', done: () => string): string {
  const { motion } = panel.indication;
  if (panel.press(button) === 'done') return `${id} ${done()}`;
  if (motion) return `${id} I`;
  return `${id} ${shownOf(panel.indication) > 0 ? '+' : '-'}`;
}

/**
 * Mettler-Toledo Standard Interface Command Set, levels 0 and 1 (MT-SICS reference manuals; KERN ITT). The weight is the
 * displayed one; a stable weight is asked for with S, which a scale in motion answers with `S I` as after its time-out.
 */
export const mtSics = simulatedProtocol({
  name: 'mt-sics',
  options,
  mode: 'demand',
  says: ['sign', 'decimals', 'unit', 'stable', 'overload', 'underload'],
  encode: (indication) => lines(weightLine(indication)),
  requestLength: requestToLf,
  answer(request, panel, { serialNumber }) {
    const command = requestText(request);
    const streams = command === 'SIR' || command === 'SR';
    if (streams || ['S', 'SI', '@'].includes(command)) panel.stream(streams);
    const { indication } = panel;
    const tareNow = () => weightAndUnit(panel.indication.tare, panel.indication);
    switch (command) {
      case 'SI':
      case 'SIR':
      case 'SR':
        return lines(weightLine(indication));
      case 'S':
        return lines(indication.motion && !indication.outOfRange ? 'S I' : weightLine(indication));
      case 'Z':
        return lines(pressed(panel, 'Z', 'zero', () => 'A'));
      case 'ZI':
        return lines(pressed(panel, 'ZI', 'zero', () => 'S'));
      case 'T':
        return lines(pressed(panel, 'T', 'tare', () => `S ${tareNow()}`));
      case 'TI':
        return lines(pressed(panel, 'TI', 'tare', () => `S ${tareNow()}`));
      case 'TA':
        return lines(`TA A ${tareNow()}`);
      case 'TAC':
        panel.press('clear');
        return lines('TAC A');
      case '@':
        panel.press('clear');
        return lines(`I4 A "${serialNumber}"`);
      case 'I4':
        return lines(`I4 A "${serialNumber}"`);
      case 'I0':
        return lines('I0 B 0 "I4"', 'I0 B 0 "S"', 'I0 B 0 "SI"', 'I0 B 0 "SIR"', 'I0 B 0 "Z"', 'I0 A 0 "@"');
      default:
        return lines('ES');
    }
  },
});
