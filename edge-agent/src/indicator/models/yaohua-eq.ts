import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import { equalsWeight } from '../equals-weight.ts';
import { fixedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';

const EQUALS = 0x3d;
const LENGTH = 9;

/**
 * Yaohua's "=" stream: `=` and eight characters, the last digit first unless `order` is forward. No check, no status.
 * An `=` among the eight begins a new frame: characters were lost before it.
 * @see XK3190-A9+, XK3190-A23p and XK3190-D9 manuals; garrett-he/weighbridge-simulator
 */
export const yaohuaEq = defineModel({
  name: 'yaohua-eq',
  usedBy: 'Yaohua XK3190-A9+, A23p, D9 and their copies, in "=" mode',
  options: z.strictObject({
    /** The same bytes read both ways are two good weights: prove the order with a known weight. */
    order: z.enum(['reversed', 'forward']).default('reversed'),
    unit: massUnitSchema.nullable().default(null),
  }),
  line: [with8N1(9600), with8N1(4800), with8N1(1200)],
  speak: ({ order, unit }) => ({
    framing: fixedFrames({
      startByte: EQUALS,
      length: LENGTH,
      marks: [],
      accepts: (bytes, offset) => !bytes.subarray(offset + 1, offset + LENGTH).includes(EQUALS),
    }),
    decode: (frame) => bareWeight(equalsWeight(frame.subarray(1), order), unit),
  }),
});
