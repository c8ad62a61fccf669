import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import { fixedFrames } from '../framing.ts';
import { defineModel, with8N1, with8N2 } from '../model.ts';
import { numberOfDigits } from '../number-field.ts';

const STX = 0x02;
const field = /^([+-])(\d{6})$/;

/**
 * Keli D2008 compact: `STX sign d1..d6`, without an end, a check or a point.
 * @see a public D2008FA parser, at 8N2; no manual was found
 */
export const keliD2008Compact = defineModel({
  name: 'keli-d2008-compact',
  usedBy: 'Keli D2008FA in compact mode',
  options: z.strictObject({
    /** Digits behind the point: the frame does not say. Prove it with a known weight. */
    decimals: z.coerce.number().int().min(0).max(5).default(0),
    unit: massUnitSchema.nullable().default(null),
  }),
  line: [with8N2(9600), with8N1(9600), with8N2(4800)],
  speak: ({ decimals, unit }) => ({
    framing: fixedFrames({
      startByte: STX,
      length: 8,
      marks: [],
      accepts: (bytes, offset) => signAndDigits(bytes.subarray(offset, offset + 8)) !== null,
    }),
    decode(frame) {
      const [, sign, digits = ''] = signAndDigits(frame) ?? [];
      return bareWeight(numberOfDigits(digits, decimals, sign === '-'), unit);
    },
  }),
});

function signAndDigits(frame: Uint8Array): RegExpExecArray | null {
  return field.exec(Buffer.from(frame.subarray(1)).toString('latin1'));
}
