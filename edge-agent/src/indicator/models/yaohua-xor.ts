import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import { fixedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { hasXorCheck } from '../xor-check.ts';
import { yaohuaWeight } from '../yaohua-weight.ts';

const STX = 0x02;
const ETX = 0x03;

/**
 * Yaohua continuous output (tF=0): `STX sign d1..d6 dp XH XL ETX`; dp counts from the right, the check is the XOR from
 * the sign to dp. It says nothing of motion, unit, overload, gross or net.
 * @see XK3190-A26 manual, pages 12-13; XK3190-DS3, page 8; Keli K9-R, page 9
 */
export const yaohuaXor = defineModel({
  name: 'yaohua-xor',
  usedBy: 'Yaohua XK3190-A9, A22, A23p, A26, D9, DS3; Keli; in continuous mode',
  options: z.strictObject({ unit: massUnitSchema.nullable().default(null) }),
  line: [with8N1(9600), with8N1(4800), with8N1(1200), with8N1(2400), with8N1(600)],
  speak: ({ unit }) => ({
    framing: fixedFrames({
      startByte: STX,
      length: 12,
      marks: [[11, ETX]],
      accepts: (bytes, offset) => hasXorCheck(bytes, offset + 1, offset + 9),
    }),
    decode: (frame) => bareWeight(yaohuaWeight(frame, 1), unit),
  }),
});
