import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with7E1, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { textDecoder } from '../text-decoder.ts';
import { letterT, unitOfLetter } from '../unit-letter.ts';

const STX = 0x02;
const CR = 0x0d;
const LF = 0x0a;

const options = z.strictObject({
  terminator: z.enum(['crlf', 'cr']).default('crlf'),
  letterT,
});

const form =
  /^(?<sign>[ -])(?<weight>[ \d.]{7}|.{7}(?=..O))(?<unit>[LKTGO ])(?<mode>[GN])(?<status>[ IMOZH])$/;

/**
 * Rice Lake (Condec, IQ plus) stream: `STX POL w(7) UNIT MODE STATUS CR LF`. Status is a blank, `I` invalid, `M` motion,
 * `O` out of range on the side of the sign, `Z` centre of zero (680, 682) or `H` held (120 Plus).
 * @see Rice Lake 482 manual, page 37; 680 Synergy Plus, page 69; 920i V1.05, page 100; 120 Plus, page 48
 */
export const ricelakeCondec = defineModel({
  name: 'ricelake-condec',
  usedBy:
    'Rice Lake 120, 480, 482, 680, 682 and 920i; Condec; Cardinal, Fairbanks, Rinstrum and others in Rice Lake mode',
  options,
  line: [with8N1(9600), with7E1(9600), with8N1(19200)],
  speak: ({ terminator, letterT }) => ({
    framing: delimitedFrames({ startByte: STX, endByte: terminator === 'cr' ? CR : LF, maxBytes: 14 }),
    commands: {
      zero: Buffer.from('KZERO\r'),
      tare: Buffer.from('KTARE\r'),
      print: Buffer.from('KPRINT\r'),
      request: Buffer.from('S\r'),
    },
    decode: textDecoder<'sign' | 'weight' | 'unit' | 'mode' | 'status'>(
      { start: '\x02', end: terminator === 'cr' ? '\r' : '\r\n' },
      form,
      ({ sign, weight, unit, mode, status }) => {
        const fault = faultOf(status, sign);
        const value = columnNumber(sign + weight);
        if (value === null && fault === undefined) return rejected('weight is not a number');
        return readingOf({
          value,
          unit: unitOfLetter(unit, letterT),
          // A held weight says nothing about motion.
          stable: status === 'H' ? null : status !== 'M',
          mode: mode === 'G' ? 'gross' : 'net',
          zero: status === 'Z' ? true : null,
          fault,
          ...(status === 'H' ? { hold: true } : {}),
        });
      },
    ),
  }),
});

function faultOf(status: string, sign: string): Fault | undefined {
  if (status === 'I') return { error: 'invalid' };
  if (status !== 'O') return undefined;
  return sign === '-' ? 'underload' : 'overload';
}
