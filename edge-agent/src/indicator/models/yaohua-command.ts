import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import type { MarkedFraming } from '../framing.ts';
import { type Command, defineModel, with8N1 } from '../model.ts';
import { rejected } from '../reading.ts';
import { hasXorCheck, xorCheckOf } from '../xor-check.ts';
import { yaohuaWeight } from '../yaohua-weight.ts';

const STX = 0x02;
const ETX = 0x03;
const SHORT = 6;
const LONG = 14;
const modes: Readonly<Record<string, 'gross' | 'tare' | 'net'>> = { B: 'gross', C: 'tare', D: 'net' };

/** Letters of commands beyond those every make knows (A handshake, B gross, C tare, D net). */
const letters = {
  yaohua: {},
  a22: { zero: '0' },
  keli: { zero: 'H' },
  optima: { zero: 'Z', tare: 'T' },
} satisfies Record<string, Partial<Record<Command, string>>>;

/**
 * Yaohua command mode (tF=1). Asked `STX adr cmd XH XL ETX`, it answers a weight with `STX adr cmd sign d1..d6 dp XH XL
 * ETX` and anything else with six bytes, which are also what an RS-485 line echoes of our own request.
 * @see XK3190-DS3 manual, page 8; Keli K9-R, page 10; XK3190-A22; Optima OP-905, page 26
 */
export const yaohuaCommand = defineModel({
  name: 'yaohua-command',
  usedBy: 'Yaohua XK3190, Keli and Optima OP-905 in command mode',
  options: z.strictObject({
    /** A blank stands for an indicator without an address (Optima). */
    address: z
      .string()
      .regex(/^[A-Z ]$/, 'must be one letter A to Z, or a blank')
      .default('A'),
    /** Whose letters zero and tare are asked with. */
    letters: z.enum(['yaohua', 'a22', 'keli', 'optima']).default('yaohua'),
    unit: massUnitSchema.nullable().default(null),
  }),
  line: [with8N1(9600), with8N1(4800), with8N1(1200)],
  speak: ({ address, letters: make, unit }) => ({
    framing,
    commands: Object.fromEntries(
      Object.entries({ request: 'B', ...letters[make] }).map(([command, letter]) => [
        command,
        requestOf(address, letter),
      ]),
    ),
    enquiry: requestOf(address, 'B'),
    decode(frame) {
      const [address = '', command = ''] = Buffer.from(frame.subarray(1, 3)).toString('latin1');
      if (frame.length === SHORT) return { kind: 'answer', facts: { address, command } };
      const mode = modes[command];
      if (frame.length !== LONG || mode === undefined) return rejected('no answer of command mode');
      return bareWeight(yaohuaWeight(frame, 3), unit, { mode, details: { address, command } });
    },
  }),
});

const framing: MarkedFraming = {
  kind: 'marked',
  maxBytes: LONG,
  startByte: STX,
  frameAt(bytes, offset, end) {
    if (end - offset < 4) return 0;
    const sign = bytes[offset + 3];
    const length = sign === 0x2b || sign === 0x2d ? LONG : SHORT;
    if (end - offset < length) return 0;
    const isWhole = bytes[offset + length - 1] === ETX && hasXorCheck(bytes, offset + 1, offset + length - 3);
    return isWhole ? length : -1;
  },
};

function requestOf(address: string, letter: string): Uint8Array {
  const text = `${address}${letter}`;
  return Buffer.from(`\x02${text}${xorCheckOf(text)}\x03`, 'latin1');
}
