import { strict as assert } from 'node:assert';
import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestOfOneByte } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';

const STX = 0x02;
const CR = 0x0d;
const LF = 0x0a;
const FIELD_DIGITS = 6;

/**
 * The check byte behind the frame. `mt7`: Mettler-Toledo, the whole frame adds up to 0 modulo 128. `neg8`: Flintec
 * FT-111, the whole frame adds up to 0 modulo 256, with a line feed behind the carriage return that counts as well.
 * `sum8`: Fairbanks PC2250, the plain sum modulo 256.
 */
export type MtChecksum = 'mt7' | 'none' | 'neg8' | 'sum8';

/** How models differ that claim to speak the same format. */
export interface MtContinuousOptions {
  /** Default `mt7`. */
  checksum?: MtChecksum;
  /** `short` (Cardinal) leaves out the tare. Default `standard`. */
  variant?: 'standard' | 'short';
  /** What stands before the first digit. Default `spaces`. */
  leadingZeros?: 'spaces' | 'digits';
  /** A tare of nothing: `0` in the last place, or six spaces. Default `zero`. */
  emptyTare?: 'zero' | 'blank';
  /**
   * For intervals of 10 counts and more, whether the fixed zeros at the end stand in the six characters or are left
   * out for the reader to append. Manuals disagree. Default `included`, as on a Jaguar.
   */
  dummyZeros?: 'included' | 'implied';
}

/**
 * One frame of the Toledo continuous output: STX, status words A, B and C, six characters of weight, six of tare, CR
 * and the check byte. Written from the terminals' manuals (WILDCAT p. 40, Rockwell Toledo module guide p. 37, Flintec
 * FT-111 p. 87, Cardinal 225 p. 118). Bit 7 is left at 0: parity is the port's business.
 */
export function encodeMtContinuous(indication: Indication, options: MtContinuousOptions = {}): Uint8Array {
  const {
    checksum = 'mt7',
    variant = 'standard',
    leadingZeros = 'spaces',
    emptyTare = 'zero',
    dummyZeros = 'included',
  } = options;
  const dropped = dummyZeros === 'implied' ? 10 ** trailingZerosOf(indication.interval) : 1;
  const pad = leadingZeros === 'spaces' ? ' ' : '0';
  const field = (counts: number) => fieldOf(counts / dropped, pad);
  const blank = ' '.repeat(FIELD_DIGITS);

  const weight = indication.displayed === null ? blank : field(indication.displayed);
  const tare = indication.tare === 0 && emptyTare === 'blank' ? blank : field(indication.tare);
  const frame = [
    STX,
    statusA(indication),
    statusB(indication),
    0b010_0000, // Status C: no print request, no expanded data, unit as in status B.
    ...Buffer.from(variant === 'short' ? weight : weight + tare, 'latin1'),
    CR,
  ];
  if (checksum === 'neg8') frame.push(LF);
  if (checksum !== 'none') frame.push(mtCheckByte(frame, checksum));
  return Uint8Array.from(frame);
}

const KEYS = new Map([
  ['C', 'clear'],
  ['T', 'tare'],
  ['Z', 'zero'],
] as const);

/** The protocol by name. Its commands are single capitals that have no answer of their own (WILDCAT p. 42). */
export const mtContinuous = simulatedProtocol({
  name: 'mt-continuous',
  options: z.strictObject({
    checksum: z.enum(['mt7', 'none', 'neg8', 'sum8']).default('mt7'),
    variant: z.enum(['standard', 'short']).default('standard'),
    leadingZeros: z.enum(['spaces', 'digits']).default('spaces'),
    emptyTare: z.enum(['zero', 'blank']).default('zero'),
    dummyZeros: z.enum(['included', 'implied']).default('included'),
  }),
  says: ({ variant }) => [
    'sign',
    'decimals',
    'unit',
    'stable',
    'mode',
    'overload',
    'underload',
    'power-up zero',
    ...(variant === 'short' ? [] : (['tare'] as const)),
  ],
  encode: encodeMtContinuous,
  requestLength: requestOfOneByte,
  answer(request, panel, chosen) {
    const letter = String.fromCharCode(request[0] ?? 0);
    for (const [command, button] of KEYS) if (command === letter) panel.press(button);
    return letter === 'P' || letter === 'S' ? encodeMtContinuous(panel.indication, chosen) : null;
  },
});

/** The check byte for the bytes of a frame before it. */
export function mtCheckByte(bytes: readonly number[], checksum: Exclude<MtChecksum, 'none'>): number {
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  switch (checksum) {
    case 'mt7':
      return -sum & 0x7f;
    case 'neg8':
      return -sum & 0xff;
    case 'sum8':
      return sum & 0xff;
  }
}

/** Bits 0-2: place of the decimal point, 2 for none, less for fixed zeros. Bits 3-4: 1, 2 or 3 for x1, x2 and x5. */
function statusA({ decimals, interval }: Indication): number {
  const fixedZeros = trailingZerosOf(interval);
  assert(decimals === 0 || fixedZeros === 0, 'a display has decimals or fixed zeros, not both');
  const point = 2 + decimals - fixedZeros;
  assert(point >= 0 && point <= 7, 'the format has no code for this interval');
  const step = { '1': 1, '2': 2, '5': 3 }[String(interval).charAt(0)];
  assert(step !== undefined, `an interval starts with 1, 2 or 5: ${interval}`);
  return point | (step << 3) | (1 << 5);
}

function statusB(indication: Indication): number {
  const { net, negative, outOfRange, motion, unit, zeroedSincePowerUp } = indication;
  const bits = [net, negative, outOfRange, motion, unit === 'kg', true, !zeroedSincePowerUp];
  return bits.reduce((byte, bit, position) => byte | (Number(bit) << position), 0);
}

function fieldOf(digits: number, pad: string): string {
  assert(Number.isInteger(digits) && digits >= 0 && digits <= 999_999, `not six digits: ${digits}`);
  return String(digits).padStart(FIELD_DIGITS, pad);
}

function trailingZerosOf(interval: number): number {
  return String(interval).length - 1;
}
