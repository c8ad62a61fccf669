import { type MassUnit, massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { crLfLines } from '../cr-lf-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { type Decoded, type Reading, rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';

const weight = '[-+](?=[\\d.]{8}(?:[-+]|$))\\d+(?:\\.\\d+)?';
const onePattern = new RegExp(`^(\\d{2})?([BIPX])([SD])(${weight})$`);
const allPattern = new RegExp(`^(\\d{2})?(A)([SD])(${weight})(${weight})(${weight})$`);
const statusPattern = /^(\d{2})?([ABIPXCTZ])([AEHILNOX+-])$/;
/** Of the commands that ask for a weight; the other letters only acknowledge. */
const faults: Readonly<Record<string, Fault>> = {
  '+': 'overload',
  '-': 'underload',
  O: 'outOfRange',
  E: { error: 'error' },
  H: { error: 'highVoltage' },
  L: { error: 'lowVoltage' },
};
const modes: Readonly<Record<string, Reading['mode']>> = { A: 'net', B: 'gross' };

const options = z.strictObject({
  unit: massUnitSchema.nullable().default(null),
  /** As set at the indicator; null for 00, where there is none on the wire. Answers of another address are refused. */
  address: z.coerce.number().int().min(1).max(99).nullable().default(null),
  /** `bsi`: two hexadecimal characters before CR LF, the two's complement of the sum of all before them. */
  checksum: z.enum(['none', 'bsi']).default('none'),
});

/**
 * Flintec BSI: asked `[address] command [CHK] CR LF`, answers `[address] command status sign w1..w8 [CHK] CR LF`;
 * to `A` with net, tare and gross.
 * @see Flintec FT-111 technical manual pages 92-93, FT-112 pages 112-115
 */
export const flintecBsi = defineModel({
  name: 'flintec-bsi',
  usedBy: 'Flintec FT-10, FT-11, FT-13, FT-111, FT-112 with BSI commands',
  options,
  line: [with8N1(9600), with8N1(38400), with8N1(115200)],
  speak: ({ unit, address, checksum }) => {
    const prefix = address === null ? '' : String(address).padStart(2, '0');
    const command = (letter: string) => {
      const text = prefix + letter;
      return Buffer.from(`${text}${checksum === 'bsi' ? checkOf(text) : ''}\r\n`);
    };
    return {
      ...crLfLines(40, (line) => {
        const text = checksum === 'bsi' ? line.slice(0, -2) : line;
        if (checksum === 'bsi' && checkOf(text) !== line.slice(-2)) return rejected('checksum is wrong');
        if (!text.startsWith(prefix)) return rejected('answer of another address');
        return decodeAnswer(text, unit);
      }),
      commands: {
        zero: command('Z'),
        tare: command('T'),
        clear_tare: command('C'),
        print: command('P'),
        request: command('I'),
      },
      enquiry: command('I'),
    };
  },
});

function decodeAnswer(text: string, unit: MassUnit | null): Decoded {
  const match = onePattern.exec(text) ?? allPattern.exec(text);
  if (match === null) return decodeStatus(text, unit);
  const [, address, command = '', status, valueText = '', tareText, grossText] = match;
  const tare = tareText === undefined ? null : numberField(tareText);
  const gross = grossText === undefined ? null : numberField(grossText);
  return readingOf({
    value: numberField(valueText),
    unit,
    stable: status === 'S',
    mode: modes[command] ?? null,
    ...(tare === null ? {} : { tare }),
    ...(gross === null ? {} : { gross }),
    ...(command === 'X' ? { highResolution: true } : {}),
    ...(address === undefined ? {} : { details: { address } }),
  });
}

function decodeStatus(text: string, unit: MassUnit | null): Decoded {
  const [, address, command = '', status = ''] = statusPattern.exec(text) ?? [];
  if (status === '') return rejected('no answer of BSI');
  const details = address === undefined ? {} : { address };
  const fault = faults[status];
  if (fault === undefined || !'ABIPX'.includes(command)) {
    return { kind: 'answer', facts: { ack: command, code: status, ...details } };
  }
  return readingOf({ fault, value: null, unit, stable: false, mode: modes[command] ?? null, details });
}

function checkOf(text: string): string {
  const sum = Buffer.from(text, 'latin1').reduce((total, byte) => total + byte, 0);
  return (-sum & 0xff).toString(16).toUpperCase().padStart(2, '0');
}
