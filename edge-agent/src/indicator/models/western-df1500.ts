import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const STX = 0x02;
const LF = 0x0a;

/**
 * Western DF1500: `STX POL w(7) [SP] KG|LB SP GR|NT SP STATUS CR LF`. The M2000 manual has the blank before the unit, the
 * M1 manual leaves it out of its grammar and counts it in its length. Status is a blank, `M`, `O` over or `-` negative.
 * @see Western M2000 manual, page 102; Western M1 manual, page 23
 */
export const westernDf1500 = defineModel({
  name: 'western-df1500',
  usedBy: 'Western M1 and M2000',
  options: z.strictObject({}),
  line: [with8N1(9600)],
  speak: () => ({
    framing: delimitedFrames({ startByte: STX, endByte: LF, maxBytes: 19 }),
    decode: textDecoder<'sign' | 'weight' | 'unit' | 'mode' | 'status'>(
      { start: '\x02', end: '\r\n' },
      /^(?<sign>[ -])(?<weight>[ \d.]{7}|.{7}(?= ?.. .. O)) ?(?<unit>KG|LB) (?<mode>GR|NT) (?<status>[ MO-])$/,
      ({ sign, weight, unit, mode, status }) => {
        if (status === '-' && sign !== '-') return rejected('status negative, polarity positive');
        const fault = status === 'O' ? 'overload' : undefined;
        const value = columnNumber(sign + weight);
        if (value === null && fault === undefined) return rejected('weight is not a number');
        return readingOf({
          value,
          unit: unitField(unit),
          // `-` takes the place of the motion flag.
          stable: status === '-' ? null : status !== 'M',
          mode: mode === 'GR' ? 'gross' : 'net',
          fault,
        });
      },
    ),
  }),
});
