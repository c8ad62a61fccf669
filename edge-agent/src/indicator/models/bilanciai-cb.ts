import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { fixedFrames } from '../framing.ts';
import { defineModel, with7E1, with7E2 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';

const framePattern = /^\$([013])(\d{5})\r$/;

const options = z.strictObject({ unit: massUnitSchema.nullable().default(null) });

/**
 * Bilanciai CB: `$ s n1..n5 CR`, s is 0 stable, 1 unstable, 3 invalid (negative or overload). A weight of more than
 * five digits loses its last ones and the frame does not tell: not for a scale of 100 000 steps of its unit or more.
 * @see Bilanciai D70 pages 63-64, DD700 pages 7-8
 */
export const bilanciaiCb = defineModel({
  name: 'bilanciai-cb',
  usedBy: 'Bilanciai in the CB protocol',
  options,
  line: [with7E2(4800), with7E1(4800)],
  speak: ({ unit }) => ({
    framing: fixedFrames({ startByte: 0x24, length: 8, marks: [[7, 0x0d]] }),
    decode(frame) {
      const match = framePattern.exec(Buffer.from(frame).toString('latin1'));
      if (match === null) return rejected('no frame of the CB protocol');
      const [, status, digits = ''] = match;
      return readingOf({
        fault: status === '3' ? 'outOfRange' : undefined,
        value: numberField(digits),
        unit,
        stable: status === '0',
        mode: 'net',
      });
    },
  }),
});
