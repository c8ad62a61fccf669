import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';

const STX = 0x02;
const framePattern = /^(?:([SD])([+-](?=[\d.]{8}\r)\d+(?:\.\d+)?)|([-+O]))\r\n$/;
const faults: Readonly<Record<string, Fault>> = { '+': 'overload', '-': 'underload', O: 'outOfRange' };

const options = z.strictObject({ unit: massUnitSchema.nullable().default(null) });

/**
 * Fast continuous output of Flintec: `STX S|D sign w1..w8 CR LF`, and `STX + CR LF` for overload, `-` for underload,
 * `O` for a converter out of its range. CR LF must be switched on at the indicator.
 * @see Flintec FT-111 technical manual page 89, FT-10 Fill technical manual page 73
 */
export const flintecFast = defineModel({
  name: 'flintec-fast',
  usedBy: 'Flintec FT-10, FT-11, FT-111, FT-112 in fast continuous output',
  options,
  line: [with8N1(9600), with8N1(38400), with8N1(115200)],
  speak: ({ unit }) => ({
    framing: delimitedFrames({ startByte: STX, endByte: 0x0a, maxBytes: 13 }),
    decode(frame) {
      const match =
        frame[0] === STX ? framePattern.exec(Buffer.from(frame.subarray(1)).toString('latin1')) : null;
      if (match === null) return rejected('no fast frame of Flintec');
      const [, status, columns = '', letter] = match;
      if (letter !== undefined) {
        return readingOf({ fault: faults[letter], value: null, unit: null, stable: false });
      }
      return readingOf({ value: numberField(columns), unit, stable: status === 'S' });
    },
    // Single letters act like the keys of the front (FT-10 Fill, page 73).
    commands: {
      zero: Buffer.from('Z'),
      tare: Buffer.from('T'),
      clear_tare: Buffer.from('C'),
      print: Buffer.from('P'),
    },
  }),
});
