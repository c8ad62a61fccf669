import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crLfLines } from '../cr-lf-lines.ts';
import { type Dialect, defineModel, with7E1, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { type Decoded, type Facts, rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

/** A&D balances leave the second header out and have a sign at once. */
const linePattern =
  /^(?:@?(\d{2}))?(ST|US|OL|UL|TL|LO|HD),(?:(GS|NT|TR)(?:,|(?=[-+ ]))|(?=[-+]))([-+ \d.]*)(,?)([A-Za-z ]*)$/;
const negativePattern = /^ *- *(?:\d|$)/;
const modes = { GS: 'gross', NT: 'net', TR: 'tare' } as const;

const answers: Readonly<Record<string, Facts>> = {
  OK: { ack: 'OK' },
  ERR01: { error: 'ERR01', meaning: 'format' },
  ERR02: { error: 'ERR02', meaning: 'parameter' },
  ERR03: { error: 'ERR03', meaning: 'not allowed' },
  ERR04: { error: 'ERR04', meaning: 'unknown command' },
  I: { error: 'busy' },
  '?': { error: 'unknown command' },
  MZ: { ack: 'MZ' },
  MT: { ack: 'MT' },
  CT: { ack: 'CT' },
  MG: { ack: 'MG' },
  MN: { ack: 'MN' },
};

const options = z.strictObject({
  /** Of a dialect whose line names no unit. */
  unit: massUnitSchema.nullable().default(null),
  /** Columns of the number with its sign, when the dialect has always the same: then a lost byte is noticed. */
  numberColumns: z.coerce.number().int().min(1).max(15).nullable().default(null),
  commandSet: z.enum(['dini-argeo', 'a-and-d', 'none']).default('dini-argeo'),
  /** `demand`: the indicator sends only when it is asked, in the words of the command set. */
  output: z.enum(['continuous', 'demand']).default('continuous'),
});

/**
 * The `ST,GS` family: `[address] HH , KK [,] number [,] unit CR LF`. Dialects differ in the comma before the number,
 * a sign in the place of that comma, blanks behind the sign, and a unit glued, spaced, behind a comma, or left out.
 * @see Dini Argeo 3590EXP page 65 and DGT4X page 52, A&D AD-4402/4404/4406/4329, Tiger TI-02 page 21, Excell H3 page 67,
 * General Measure M02 page 56
 */
export const stGsCsv = defineModel({
  name: 'st-gs-csv',
  usedBy:
    'Dini Argeo, A&D, T-Scale, Jadever, Selleton, Vector, Triner, Tiger, Excell, KERN, General Measure, Autoda',
  options,
  line: [with8N1(9600), with7E1(2400), with8N1(4800), with8N1(2400)],
  speak: (options) => {
    const commands = commandSets[options.commandSet];
    return {
      ...crLfLines(40, (text) => decodeLine(text, options)),
      commands,
      ...(options.output === 'demand' && commands.request ? { enquiry: commands.request } : {}),
    };
  },
});

const commandSets: Record<z.infer<typeof options>['commandSet'], NonNullable<Dialect['commands']>> = {
  'dini-argeo': {
    zero: Buffer.from('ZERO\r\n'),
    tare: Buffer.from('TARE\r\n'),
    clear_tare: Buffer.from('CLEAR\r\n'),
    request: Buffer.from('READ\r\n'),
  },
  'a-and-d': {
    zero: Buffer.from('MZ\r\n'),
    tare: Buffer.from('MT\r\n'),
    clear_tare: Buffer.from('CT\r\n'),
    request: Buffer.from('RW\r\n'),
  },
  none: {},
};

function decodeLine(
  text: string,
  options: { unit: z.infer<typeof massUnitSchema> | null; numberColumns: number | null },
): Decoded {
  const match = linePattern.exec(text);
  if (match === null) {
    const facts = answers[text];
    return facts === undefined ? rejected('no line of the ST,GS family') : { kind: 'answer', facts };
  }
  const [, address, status = '', kind, columns = '', comma, unitText = ''] = match;
  const fault = faultOf(status, negativePattern.test(columns));
  // Before a comma the number fills its columns; without one the blanks are those before the unit.
  const value = comma === ',' ? columnNumber(columns) : numberField(columns);
  if (value === null && fault === undefined) return rejected('weight is not a number');
  const { numberColumns } = options;
  if (fault === undefined && numberColumns !== null && columns.trimEnd().length !== numberColumns) {
    return rejected(`number is not ${numberColumns} columns wide`);
  }
  const unit = unitText.trim() === '' ? options.unit : unitField(unitText);
  if (unit === null && unitText.trim() !== '') return rejected('unit is no unit of mass');
  return readingOf({
    fault,
    value,
    unit,
    stable: status === 'ST',
    mode: kind === undefined ? null : modes[kind as keyof typeof modes],
    ...(status === 'HD' ? { hold: true } : {}),
    ...(address === undefined ? {} : { details: { address } }),
  });
}

/** A minus with `OL` is a load below the range. `LO` of A&D does not tell which way, and is taken for the unsafe one. */
function faultOf(status: string, negative: boolean): Fault | undefined {
  if (status === 'OL') return negative ? 'underload' : 'overload';
  if (status === 'LO') return 'overload';
  if (status === 'UL') return 'underload';
  return status === 'TL' ? { error: 'notLevel' } : undefined;
}
