import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const CR = 0x0d;
const ETX = 0x03;

const faults: Readonly<Record<string, Fault>> = { o: 'overload', e: { error: 'weightNotDisplayed' } };

/**
 * Cardinal SB-200 scoreboard: `CR s xxxxxx d c uu m ETX`; the CR is the start. Six digits with leading zeros, the point
 * within or behind them. `c` is a blank, `m` motion, `o` over capacity or `e` not displayed.
 * @see Cardinal 200 series manual, page 27; Cardinal 225 manual, page 118
 */
export const cardinalSb200 = defineModel({
  name: 'cardinal-sb200',
  usedBy: 'Cardinal and Detecto 200 to 225 and the SB-200 scoreboard',
  options: z.strictObject({}),
  line: [with8N1(9600)],
  speak: () => ({
    framing: delimitedFrames({ startByte: CR, endByte: ETX, maxBytes: 14 }),
    decode: textDecoder<'sign' | 'weight' | 'status' | 'unit' | 'mode'>(
      { start: '\r', end: '\x03' },
      /^(?<sign>[ -])(?<weight>(?=\d*\.)[\d.]{7}|.{7}(?=[oe]))(?<status>[ moe])(?<unit>kg|lb|tn|t |oz|g )(?<mode>[GN])$/,
      ({ sign, weight, status, unit, mode }) => {
        const fault = faults[status];
        const value = columnNumber(sign + weight);
        if (value === null && fault === undefined) return rejected('weight is not a number');
        return readingOf({
          value,
          unit: unitField(unit),
          stable: status !== 'm',
          mode: mode === 'G' ? 'gross' : 'net',
          fault,
        });
      },
    ),
  }),
});
