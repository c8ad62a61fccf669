import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestText, requestToLf } from './request-length.ts';
import { type IndicatorPanel, simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, magnitudeOf } from './wire-weight.ts';

const options = z.strictObject({
  /** 22 has a blank more behind the command, as on the BPS series. */
  bytes: z.union([z.literal(21), z.literal(22)]).default(21),
});
type Options = z.infer<typeof options>;

function markOf(indication: Indication): string {
  if (indication.outOfRange) return isOver(indication) ? '^' : 'v';
  return indication.motion ? '?' : ' ';
}

function massFrame(command: string, indication: Indication, { bytes }: Options): string {
  const { negative, unit } = indication;
  const head = `${command.padEnd(bytes - 18)}${markOf(indication)} ${negative ? '-' : ' '}`;
  return `${head}${fieldOf(magnitudeOf(indication), 9)} ${unit.padEnd(3)}\r\n`;
}

/** Zero and tare: understood first, then done, out of range, or given up because it would not stand still. */
function keyed(panel: IndicatorPanel, command: 'Z' | 'T'): string {
  const { motion } = panel.indication;
  const done = panel.press(command === 'Z' ? 'zero' : 'tare') === 'done';
  const outside = command === 'Z' ? '^' : 'v';
  return `${command} A\r\n${command} ${done ? 'D' : motion ? 'E' : outside}\r\n`;
}

/**
 * Radwag and KERN (ITKU p. 41, WLT p. 80): command, stability mark, sign, nine characters, unit. S answers that it understood,
 * then the stable mass; SI at once; C1 and C0 start and stop frames without request.
 */
export const radwag = simulatedProtocol({
  name: 'radwag',
  options,
  mode: 'demand',
  says: ['sign', 'decimals', 'unit', 'stable', 'overload', 'underload'],
  encode: (indication, chosen) => bytesOf(massFrame('SI', indication, chosen)),
  requestLength: requestToLf,
  answer(request, panel, chosen) {
    const command = requestText(request);
    const { indication } = panel;
    switch (command) {
      case 'S':
      case 'SU': {
        const frame = indication.motion ? `${command} E\r\n` : massFrame(command, indication, chosen);
        return bytesOf(`${command} A\r\n${frame}`);
      }
      case 'SI':
      case 'SUI':
        return bytesOf(massFrame(command, indication, chosen));
      case 'C1':
      case 'C0':
        panel.stream(command === 'C1');
        return bytesOf(`${command} A\r\n`);
      case 'Z':
      case 'T':
        return bytesOf(keyed(panel, command));
      default:
        return bytesOf('ES\r\n');
    }
  },
});
