import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const STX = 0x02;
const ETX = 0x03;
const GROSS = 0x01;
const TARE_SET = 0x02;
const ZERO = 0x08;
const STABLE = 0x40;

/**
 * Gram PC0: `STX status sign w(7) uu CR ETX`, 14 bytes. Status is 20h more than bit 0 gross, 1 tare set, 3 zero,
 * 6 stable; the other bits are always 0. It has no flag for out of range: the display then shows no number.
 * @see Gram Z3 manual, pages 17 to 19; Gram K3 manual, page 35
 */
export const gramPc0 = defineModel({
  name: 'gram-pc0',
  usedBy: 'Gram Z3, K3 and K3P',
  options: z.strictObject({}),
  line: [with8N1(9600)],
  speak: () => ({
    framing: delimitedFrames({ startByte: STX, endByte: ETX, maxBytes: 14 }),
    decode: textDecoder<'status' | 'sign' | 'weight' | 'unit'>(
      { start: '\x02', end: '\r\x03' },
      /^(?<status>[ -\x7f])(?<sign>[ -])(?<weight>[ \d.]{7})(?<unit>kg|lb|oz|g | g)$/,
      ({ status, sign, weight, unit }) => {
        const bits = status.charCodeAt(0) - 0x20;
        if ((bits & ~(GROSS | TARE_SET | ZERO | STABLE)) !== 0)
          return rejected('status byte that Gram does not send');
        const value = columnNumber(sign + weight);
        if (value === null) return rejected('weight is not a number');
        return readingOf({
          value,
          unit: unitField(unit),
          stable: (bits & STABLE) !== 0,
          mode: (bits & GROSS) === 0 ? 'net' : 'gross',
          zero: (bits & ZERO) !== 0,
          details: { tareActive: (bits & TARE_SET) !== 0 },
        });
      },
    ),
  }),
});
