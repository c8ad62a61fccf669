import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crLfLines } from '../cr-lf-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

/** Eight columns are the Defender's, ten to twelve those of the balances. */
const linePattern = /^(.{8}|.{10,12}) ([A-Za-z]{1,5}) *(\??) *(G|N|NET|T|)$/;
const modes: Readonly<Record<string, 'gross' | 'net' | 'tare'>> = {
  G: 'gross',
  N: 'net',
  NET: 'net',
  T: 'tare',
};

const options = z.strictObject({
  /** Columns of the number with its sign, when they are known: then a lost byte is noticed. */
  numberColumns: z.coerce.number().int().min(8).max(12).nullable().default(null),
});

/**
 * Ohaus: `number SP unit blanks ? legend CR LF`; the question mark stands while the weight is unstable. What is sent
 * out of range differs by manual, and is rejected.
 * @see Ohaus RS232 manual page 5, and captures of a Defender 3000
 */
export const ohaus = defineModel({
  name: 'ohaus',
  usedBy: 'Ohaus Defender, Ranger, Navigator and balances',
  options,
  line: [with8N1(9600), with8N1(2400), with8N1(4800)],
  speak: ({ numberColumns }) =>
    crLfLines(48, (text) => {
      const match = linePattern.exec(text);
      if (match === null) return rejected('no line of Ohaus');
      const [, columns = '', unitText = '', motion, legend = ''] = match;
      const value = columnNumber(columns);
      if (value === null || columns.length !== (numberColumns ?? columns.length)) {
        return rejected('weight is not a number of so many columns');
      }
      const unit = unitField(unitText);
      if (unit === null) return rejected('unit is no unit of mass');
      return readingOf({ value, unit, stable: motion === '', mode: modes[legend] ?? null });
    }),
});
