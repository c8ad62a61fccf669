import { z } from 'zod';
import { crc16ModbusOf } from './crc16-modbus.ts';
import type { Indication } from './indicator.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, grossOf, isOver, shownOf, textOf } from './wire-weight.ts';

const END = 0x3e;

/** Not documented publicly; remembered from IT manuals: overload, motion, underload. */
const ERRORS = { overload: '12', motion: '13', underload: '20' };

const options = z.strictObject({
  date: z
    .string()
    .regex(/^\d\d\.\d\d\.\d\d$/)
    .default('05.06.18'),
  time: z
    .string()
    .regex(/^\d\d:\d\d$/)
    .default('13:12'),
  /** Number in the alibi memory, 0 without one; a real terminal counts it on and begins again every day. */
  ident: z.number().int().min(0).max(9999).default(2),
  terminal: z.number().int().min(1).max(999).default(1),
});

function registered(indication: Indication, chosen: z.infer<typeof options>): Uint8Array {
  const { outOfRange, motion, negative, net, tare, decimals, unit } = indication;
  const error = outOfRange
    ? ERRORS[isOver(indication) ? 'overload' : 'underload']
    : // A negative weight is refused, and the only number known for that is the one of underload.
      motion
      ? ERRORS.motion
      : negative
        ? ERRORS.underload
        : undefined;
  if (error !== undefined) return bytesOf(`<${error}>`);
  const { date, time, ident, terminal } = chosen;
  const weight = (counts: number) => fieldOf(textOf(counts, decimals), 8);
  const weights = `${weight(grossOf(indication))}${weight(tare)}${weight(shownOf(indication))}`;
  const tareCode = net ? ' T' : '  ';
  const numbers = `${fieldOf(String(ident), 4)}1${weights}${unit}${tareCode} ${fieldOf(String(terminal), 3)}`;
  const content = `0000${date}${time}${numbers}`;
  return bytesOf(`<${content}${fieldOf(String(crc16ModbusOf(bytesOf(content))), 8)}>`);
}

/**
 * Systec IT, `<RN>` (register a weight; IT3 manual chapter 20) and `<RM>` (read it only): 54 characters of fixed fields and their CRC in decimal. It takes
 * only weights that stand still and are not negative; otherwise it answers two digits.
 */
export const systecRn = simulatedProtocol({
  name: 'systec-rn',
  options,
  mode: 'demand',
  says: ['decimals', 'unit', 'mode', 'tare'],
  encode: registered,
  requestLength: (received) => received.indexOf(END) + 1,
  answer(request, panel, chosen) {
    const [, command] = /<(RN|RM)1?>$/.exec(Buffer.from(request).toString('latin1')) ?? [];
    if (command === undefined) return null;
    // What is only read gets no number. How it is answered in motion is not documented: as a registration is.
    return registered(panel.indication, command === 'RM' ? { ...chosen, ident: 0 } : chosen);
  },
});
