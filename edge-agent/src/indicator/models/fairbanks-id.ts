import type { MassUnit } from '@weighgate/protocol';
import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';

const STX = 0x02;
const ETX = 0x03;

const meanings: Readonly<Record<string, { mode: 'gross' | 'net'; unit: MassUnit }>> = {
  '0': { mode: 'gross', unit: 'lb' },
  '1': { mode: 'net', unit: 'lb' },
  '3': { mode: 'gross', unit: 'kg' },
  '4': { mode: 'net', unit: 'kg' },
};

/**
 * Fairbanks computer format (FBPUTR): `STX 4 y x(6) ETX`, y 0 gross lb, 1 net lb, 3 gross kg, 4 net kg. Overload comes as
 * dashes, underload as silence. Set to ounces or tons the indicator says 0 and 1 too, to grams 3 and 4: on a truck scale
 * the unit is pounds or kilograms.
 * @see Fairbanks 2800 manual, page 66
 */
export const fairbanksId = defineModel({
  name: 'fairbanks-id',
  usedBy: 'Fairbanks 2800 and FB2550',
  options: z.strictObject({}),
  line: [with8N1(9600)],
  speak: () => ({
    framing: delimitedFrames({ startByte: STX, endByte: ETX, maxBytes: 10 }),
    decode: textDecoder<'meaning' | 'weight'>(
      { start: '\x02', end: '\x03' },
      /^4(?<meaning>[0134])(?<weight>[ \d.-]{6})$/,
      ({ meaning, weight }) => {
        const fault = weight === '------' ? 'overload' : undefined;
        const value = columnNumber(weight);
        if (value === null && fault === undefined) return rejected('weight is not a number');
        return readingOf({
          value,
          stable: null,
          fault,
          ...(meanings[meaning] ?? { mode: null, unit: null }),
        });
      },
    ),
  }),
});
