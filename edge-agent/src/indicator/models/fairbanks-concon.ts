import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { letterT, unitOfLetter } from '../unit-letter.ts';

const STX = 0x02;
const CR = 0x0d;

/**
 * Fairbanks CONCON (Consolidated Controls): `STX x(6) U E CR`. `E` is a blank, `M` motion, or `O` under or over with the
 * weight left blank. Gross and net look the same.
 * @see Fairbanks 2800 manual, page 66
 */
export const fairbanksConcon = defineModel({
  name: 'fairbanks-concon',
  usedBy: 'Fairbanks 2800 and FB2550',
  options: z.strictObject({ letterT }),
  line: [with8N1(9600)],
  speak: ({ letterT }) => ({
    framing: delimitedFrames({ startByte: STX, endByte: CR, maxBytes: 10 }),
    decode: textDecoder<'weight' | 'unit' | 'status'>(
      { start: '\x02', end: '\r' },
      /^(?<weight>.{6})(?<unit>[LKOGT])(?<status>[ MO])$/,
      ({ weight, unit, status }) => {
        const fault = status === 'O' ? 'outOfRange' : undefined;
        const value = columnNumber(weight);
        if (value === null && fault === undefined) return rejected('weight is not a number');
        return readingOf({ value, unit: unitOfLetter(unit, letterT), stable: status !== 'M', fault });
      },
    ),
  }),
});
