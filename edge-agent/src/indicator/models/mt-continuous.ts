import type { MassUnit } from '@weighgate/protocol';
import { z } from 'zod';
import type { Framing } from '../framer.ts';
import type { Indicator } from '../indicator.ts';
import type { Decoded } from '../reading.ts';

/**
 * Mettler-Toledo continuous output: `STX SWA SWB SWC w1..w6 t1..t6 CR [CHK]`.
 * @see Mettler-Toledo WILDCAT user manual, continuous output, pages 40-42
 */
export const mtContinuousOptions = z.strictObject({
  /** `mt7`: 7-bit two's complement over all bytes. `neg8`: two's complement mod 256, after CR LF. `sum8`: plain sum. */
  checksum: z.enum(['mt7', 'neg8', 'sum8', 'none']).default('mt7'),
  /** `short` leaves the six tare digits out (Cardinal). */
  variant: z.enum(['standard', 'short']).default('standard'),
  /** Whether the fixed zeros of 10 and 100 unit steps are among the six digits or to be appended. Prove it on site. */
  dummyZeros: z.enum(['included', 'implied']).default('included'),
  terminator: z.enum(['cr', 'crlf']).default('cr'),
});
export type MtContinuousOptions = z.infer<typeof mtContinuousOptions>;

const STX = 0x02;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const DIGITS = 6;
const WEIGHT_AT = 4;
const TARE_AT = WEIGHT_AT + DIGITS;

export function mtContinuous(options: MtContinuousOptions): Indicator {
  const hasTare = options.variant === 'standard';
  return {
    model: 'mt-continuous',
    options,
    framing: framingOf(options),
    decode(frame) {
      const decimalCode = byteAt(frame, 1) & 0b111;
      const statusB = byteAt(frame, 2);
      const statusC = byteAt(frame, 3);
      const weight = fieldText(frame, WEIGHT_AT, decimalCode, options.dummyZeros);
      const tare = hasTare ? fieldText(frame, TARE_AT, decimalCode, options.dummyZeros) : null;
      if (weight === undefined) return rejected('weight field is not a number');
      if (tare === undefined) return rejected('tare field is not a number');
      const negative = (statusB & 0b10) !== 0;
      const outOfRange = (statusB & 0b100) !== 0;
      if (weight === '' && !outOfRange) return rejected('weight field is blank');
      return {
        kind: 'reading',
        reading: {
          value: outOfRange ? null : negative && !isZero(weight) ? `-${weight}` : weight,
          unit: unitOf(statusB, statusC),
          stable: !outOfRange && (statusB & 0b1000) === 0,
          overload: outOfRange && !negative,
          underload: outOfRange && negative,
          outOfRange,
          mode: (statusB & 1) === 0 ? 'gross' : 'net',
          zero: null,
          // A blank tare field is a tare of zero: indicators blank leading zeros, here all of them.
          tare: tare === '' ? zeroText(decimalCode) : tare,
          increment: incrementOf(byteAt(frame, 1)),
          expandedX10: (statusC & 0b10000) !== 0,
          notZeroedSincePowerUp: (statusB & 0b1000000) !== 0,
        },
      };
    },
  };
}

function framingOf({ checksum, variant, terminator }: MtContinuousOptions): Framing {
  const crAt = variant === 'standard' ? TARE_AT + DIGITS : TARE_AT;
  const withLf = terminator === 'crlf' || checksum === 'neg8';
  const bodyBytes = crAt + 1 + (withLf ? 1 : 0);
  const frameBytes = bodyBytes + (checksum === 'none' ? 0 : 1);
  return {
    maxBytes: frameBytes,
    startByte: STX,
    frameAt(bytes, offset, end) {
      if (end - offset < frameBytes) return 0;
      if (bytes[offset + crAt] !== CR) return -1;
      if (withLf && bytes[offset + crAt + 1] !== LF) return -1;
      if (checksum === 'none') return frameBytes;
      let sum = 0;
      for (let at = offset; at < offset + bodyBytes; at += 1) sum += bytes[at] as number;
      const check = bytes[offset + bodyBytes] as number;
      if (checksum === 'mt7') return ((sum + check) & 0x7f) === 0 ? frameBytes : -1;
      if (checksum === 'neg8') return ((sum + check) & 0xff) === 0 ? frameBytes : -1;
      return (sum & 0xff) === check ? frameBytes : -1;
    },
  };
}

/** Digits of one field with the decimal point set; `''` for a blank field, undefined when it is not a number. */
function fieldText(
  frame: Uint8Array,
  at: number,
  decimalCode: number,
  dummyZeros: 'included' | 'implied',
): string | undefined {
  let text = '';
  for (let index = at; index < at + DIGITS; index += 1) {
    const byte = byteAt(frame, index);
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (isDigit) text += String.fromCharCode(byte);
    else if (byte !== SPACE || text !== '') return undefined;
  }
  if (text === '') return '';
  // Codes 0 and 1 stand for steps of 100 and 10, 2 for whole units, 3 to 7 for 1 to 5 decimals.
  const decimals = Math.max(0, decimalCode - 2);
  const appendedZeros = dummyZeros === 'implied' ? Math.max(0, 2 - decimalCode) : 0;
  const digits = text.padStart(decimals + 1, '0') + '0'.repeat(appendedZeros);
  const whole = digits.slice(0, digits.length - decimals).replace(/^0+(?=\d)/, '');
  return decimals === 0 ? whole : `${whole}.${digits.slice(digits.length - decimals)}`;
}

/** SWC bits 0-2 name the unit; only when they are 0 does SWB bit 4 tell kg from lb. Codes 4 to 7 are not proven: null. */
function unitOf(statusB: number, statusC: number): MassUnit | null {
  switch (statusC & 0b111) {
    case 0:
      return (statusB & 0b10000) === 0 ? 'lb' : 'kg';
    case 1:
      return 'g';
    case 2:
      return 't';
    case 3:
      return 'oz';
    default:
      return null;
  }
}

function incrementOf(statusA: number): number | null {
  const code = (statusA >> 3) & 0b11;
  return code === 0 ? null : code === 1 ? 1 : code === 2 ? 2 : 5;
}

function zeroText(decimalCode: number): string {
  const decimals = Math.max(0, decimalCode - 2);
  return decimals === 0 ? '0' : `0.${'0'.repeat(decimals)}`;
}

function isZero(text: string): boolean {
  return !/[1-9]/.test(text);
}

function byteAt(frame: Uint8Array, at: number): number {
  return frame[at] ?? 0;
}

function rejected(reason: string): Decoded {
  return { kind: 'rejected', reason };
}
