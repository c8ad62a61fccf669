import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { fixedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { rinstrumWeight } from '../rinstrum-weight.ts';

const STX = 0x02;
const ETX = 0x03;

/**
 * Rinstrum automatic output FMT_1: `STX sign w1..w7 status ETX`; status G gross, N net, M motion, O over, U under,
 * E error. M, O, U and E stand in the place of G and N, so that the mode is unknown with them.
 * @see Rinstrum R320 manual, pages 44-46
 */
export const rinstrumFmt1 = defineModel({
  name: 'rinstrum-fmt1',
  usedBy: 'Rinstrum R300, R400, R420 and others, automatic output FMT_1',
  options: z.strictObject({ unit: massUnitSchema.nullable().default(null) }),
  line: [with8N1(9600), with8N1(4800)],
  speak: ({ unit }) => ({
    framing: fixedFrames({ startByte: STX, length: 11, marks: [[10, ETX]] }),
    decode(frame) {
      const text = Buffer.from(frame).toString('latin1');
      const status = text.slice(9, 10);
      if (!/^[GNMOUE]$/.test(status)) return rejected('status letter is none of G N M O U E');
      return rinstrumWeight(text, { status, moving: status === 'M', unit, zero: null });
    },
  }),
});
