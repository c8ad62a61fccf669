import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { fixedFrames } from '../framing.ts';
import { defineModel, with7E1, with7E2 } from '../model.ts';
import { rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

const framePattern = /^\$(.{9}) (.{9}) (.{2}) ([\dA-F]{4})\r\n$/;
const framing = fixedFrames({
  startByte: 0x24,
  length: 30,
  marks: [
    [10, 0x20],
    [20, 0x20],
    [23, 0x20],
    [28, 0x0d],
    [29, 0x0a],
  ],
});

/**
 * Bilanciai D70: `$ net9 SP tare9 SP unit2 SP s1 s2 s3 s4 CR LF`, each status a hexadecimal digit of four bits.
 * @see Bilanciai D70 pages 63-64, DD700 pages 7-8
 */
export const bilanciaiD70 = defineModel({
  name: 'bilanciai-d70',
  usedBy: 'Bilanciai D70, DD700',
  options: z.strictObject({}),
  line: [with7E2(4800), with7E1(4800)],
  speak: () => ({
    framing,
    decode(frame) {
      const match = framePattern.exec(Buffer.from(frame).toString('latin1'));
      if (match === null) return rejected('no frame of the D70');
      const [, netText = '', tareText = '', unitText = '', statusText = ''] = match;
      const status = Number.parseInt(statusText, 16);
      const isSet = (digit: 1 | 2 | 3 | 4, bit: number) => ((status >> (4 * (4 - digit) + bit)) & 1) === 1;
      const fault = faultOf(isSet(2, 2), isSet(3, 2), isSet(4, 1));
      const value = columnNumber(netText);
      const tare = columnNumber(tareText);
      const unit = unitField(unitText);
      if (value === null && fault === undefined)
        return rejected('net weight is not a number of nine columns');
      if (tare === null) return rejected('tare is not a number of nine columns');
      if (unit === null) return rejected('unit is no unit of mass');
      return readingOf({
        fault,
        value,
        unit,
        stable: isSet(2, 1),
        mode: isSet(3, 0) ? 'net' : 'gross',
        zero: isSet(1, 3),
        tare,
        presetTare: isSet(1, 2),
        details: { tareLocked: isSet(1, 1), belowMin: isSet(1, 0), approved: isSet(4, 0) },
      });
    },
  }),
});

function faultOf(overload: boolean, invalid: boolean, converterFault: boolean): Fault | undefined {
  if (overload) return 'overload';
  if (converterFault) return { error: 'converter' };
  return invalid ? { error: 'weightInvalid' } : undefined;
}
