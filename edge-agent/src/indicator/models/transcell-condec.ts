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
 * Transcell's Condec format: `STX POL w(8) SP lb|kg SP GR|NT CR LF`. It has no motion flag and none for out of range.
 * @see Transcell TI-500 manual, Condec continuous format
 */
export const transcellCondec = defineModel({
  name: 'transcell-condec',
  usedBy: 'Transcell TI-500',
  options: z.strictObject({}),
  line: [with8N1(9600)],
  speak: () => ({
    framing: delimitedFrames({ startByte: STX, endByte: LF, maxBytes: 18 }),
    decode: textDecoder<'sign' | 'weight' | 'unit' | 'mode'>(
      { start: '\x02', end: '\r\n' },
      /^(?<sign>[ -])(?<weight>[ \d.]{8}) (?<unit>lb|kg) (?<mode>GR|NT)$/,
      ({ sign, weight, unit, mode }) => {
        const value = columnNumber(sign + weight);
        if (value === null) return rejected('weight is not a number');
        return readingOf({
          value,
          unit: unitField(unit),
          stable: null,
          mode: mode === 'GR' ? 'gross' : 'net',
        });
      },
    ),
  }),
});
