import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import { equalsWeight } from '../equals-weight.ts';
import { defineModel, with8N1 } from '../model.ts';

const LENGTH = 9;

/**
 * The "=" stream with its `=` last: eight characters and `=`, the last digit first unless `order` is forward.
 * @see garrett-he/weighbridge-simulator, which sends it so
 */
export const yaohuaEqTerm = defineModel({
  name: 'yaohua-eq-term',
  usedBy: 'Yaohua indicators in "=" mode that send the "=" last',
  options: z.strictObject({
    /** The same bytes read both ways are two good weights: prove the order with a known weight. */
    order: z.enum(['reversed', 'forward']).default('reversed'),
    unit: massUnitSchema.nullable().default(null),
  }),
  line: [with8N1(9600), with8N1(4800), with8N1(1200)],
  speak: ({ order, unit }) => ({
    framing: { kind: 'lines', terminator: '=', maxBytes: LENGTH },
    decode: (frame) => bareWeight(equalsWeight(frame.subarray(0, -1), order), unit),
  }),
});
