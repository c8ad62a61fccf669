import { z } from 'zod';
import { fixedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { rinstrumWeight } from '../rinstrum-weight.ts';
import { unitField } from '../unit-field.ts';

const STX = 0x02;
const ETX = 0x03;
const statuses = /^([GNOUE])([M ])([Z ])([-12])$/;

/**
 * Rinstrum automatic output FMT_2: `STX sign w1..w7 S1 S2 S3 S4 u1..u3 ETX`; S1 G gross, N net, O over, U under,
 * E error; S2 M motion; S3 Z centre of zero; S4 range, `-` for a single one. The unit is blank while the weight moves.
 * @see Rinstrum R320 manual, pages 44-46
 */
export const rinstrumFmt2 = defineModel({
  name: 'rinstrum-fmt2',
  usedBy: 'Rinstrum R300, R400, R420 and others, automatic output FMT_2',
  options: z.strictObject({}),
  line: [with8N1(9600), with8N1(4800)],
  speak: () => ({
    framing: fixedFrames({ startByte: STX, length: 17, marks: [[16, ETX]] }),
    decode(frame) {
      const text = Buffer.from(frame).toString('latin1');
      const match = statuses.exec(text.slice(9, 13));
      if (match === null) return rejected('status letters are none of this format');
      const [, status = '', motion, zero, range] = match;
      const unitText = text.slice(13, 16);
      const unit = unitField(unitText);
      if (unit === null && unitText.trim() !== '') return rejected('unit is none known here');
      return rinstrumWeight(text, {
        status,
        moving: motion === 'M',
        unit,
        zero: zero === 'Z',
        ...(range === '-' ? {} : { range: Number(range) }),
      });
    },
  }),
});
