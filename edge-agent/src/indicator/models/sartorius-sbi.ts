import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crLfLines } from '../cr-lf-lines.ts';
import { defineModel, with7O1, with8N1 } from '../model.ts';
import { type Decoded, type Reading, rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

const VALUE_COLUMNS = 14;
const ID_COLUMNS = 6;
const weightPattern = /^([-+ ])(.{10})(.{3})$/;
/** Digits that may not be used for trade stand in brackets at the end. */
const columnsPattern = /^( *[\d.]+)(?:\[(\d)\] ?| )$/;
const words: Readonly<Record<string, Fault>> = {
  H: 'overload',
  High: 'overload',
  L: 'underload',
  Low: 'underload',
  C: { error: 'calibrating' },
  'Cal.Ext.': { error: 'calibrating' },
  'Cal.Int.': { error: 'calibrating' },
};
const errorPattern = /^E(?:rr)? [*/ ]*\d{2,3}$/;
/** Names of a weight; the means, counts and results that a terminal also sends are no weighings. */
const modesOfId: Readonly<Record<string, Reading['mode']>> = {
  '': null,
  Stat: null,
  G: 'gross',
  'G#': 'gross',
  N: 'net',
  T: 'tare',
  T1: 'tare',
};

const options = z.strictObject({
  /** Characters of a line; `22` begins with a name of six characters. */
  variant: z.coerce
    .string()
    .pipe(z.enum(['16', '22']))
    .default('16'),
  /** `demand`: the indicator sends only when it is asked with ESC P. */
  output: z.enum(['continuous', 'demand']).default('continuous'),
});

/**
 * Sartorius SBI: `[name6] sign w1..w9 SP unit3 CR LF`. A blank unit means that the weight is not stable.
 * @see Sartorius interface descriptions (EA, EB, GD, GE, TE), output of 16 and 22 characters
 */
export const sartoriusSbi = defineModel({
  name: 'sartorius-sbi',
  usedBy: 'Sartorius and Minebea Intec in SBI, Flintec in Sartorius mode',
  options,
  line: [with7O1(1200), with7O1(9600), with8N1(9600)],
  speak: ({ variant, output }) => {
    const idColumns = variant === '22' ? ID_COLUMNS : 0;
    return {
      ...crLfLines(idColumns + VALUE_COLUMNS + 2, (text) =>
        text.length === idColumns + VALUE_COLUMNS
          ? decodeColumns(text.slice(0, idColumns).trim(), text.slice(idColumns), variant)
          : rejected(`not ${variant} characters`),
      ),
      // What T, U and V do differs by model: U and V are tare and zero where both exist, T is both in one.
      commands: {
        zero: Buffer.from('\x1bV\r\n'),
        tare: Buffer.from('\x1bU\r\n'),
        print: Buffer.from('\x1bP\r\n'),
        request: Buffer.from('\x1bP\r\n'),
      },
      ...(output === 'demand' ? { enquiry: Buffer.from('\x1bP\r\n') } : {}),
    };
  },
});

function decodeColumns(id: string, text: string, variant: '16' | '22'): Decoded {
  const mode = modesOfId[id];
  if (mode === undefined) return rejected('name of no weight');
  const named = variant === '22' ? { details: { id } } : {};
  const word = text.trim();
  const fault = words[word] ?? (errorPattern.test(word) ? { error: word } : undefined);
  if (fault !== undefined)
    return readingOf({ fault, value: null, unit: null, stable: false, mode, ...named });
  const [, sign = '', columns = '', unitText = ''] = weightPattern.exec(text) ?? [];
  const [, verified, unverified = ''] = columnsPattern.exec(columns) ?? [];
  if (verified === undefined) return rejected('weight is not a number of nine columns');
  const value = columnNumber(sign + verified + unverified);
  if (value === null) return rejected('weight is not a number of nine columns');
  const unit = unitField(unitText);
  if (unit === null && unitText.trim() !== '') return rejected('unit is no unit of mass');
  return readingOf({
    value,
    unit,
    stable: unit !== null,
    mode,
    ...(unverified === '' ? {} : { highResolution: true }),
    ...named,
  });
}
