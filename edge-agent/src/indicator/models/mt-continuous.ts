import type { MassUnit } from '@weighgate/protocol';
import { z } from 'zod';
import { fixedFrames } from '../framing.ts';
import { defineModel, with7E1, with8N1 } from '../model.ts';
import { type Reading, rejected } from '../reading.ts';

const STX = 0x02;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const DIGITS = 6;
const WEIGHT_AT = 4;
const TARE_AT = WEIGHT_AT + DIGITS;

const options = z.strictObject({
  /** `mt7`: 7-bit two's complement over all bytes. `neg8`: two's complement mod 256, after CR LF. `sum8`: plain sum. */
  checksum: z.enum(['mt7', 'neg8', 'sum8', 'none']).default('mt7'),
  /** `short` leaves the six tare digits out (Cardinal). */
  variant: z.enum(['standard', 'short']).default('standard'),
  /** Whether the fixed zeros of 10 and 100 unit steps are among the six digits or to be appended. Prove it on site. */
  dummyZeros: z.enum(['included', 'implied']).default('included'),
  terminator: z.enum(['cr', 'crlf']).default('cr'),
});

/**
 * Mettler-Toledo continuous output: `STX SWA SWB SWC w1..w6 t1..t6 CR [CHK]`.
 * @see Mettler-Toledo WILDCAT user manual, continuous output, pages 40-42
 */
export const mtContinuous = defineModel({
  name: 'mt-continuous',
  usedBy:
    'Mettler-Toledo and Toledo, Flintec, KERN, Fairbanks, Cardinal, Rice Lake, Rinstrum and others in Toledo mode',
  options,
  line: [with7E1(9600), with8N1(9600), with7E1(4800), with8N1(4800)],
  speak: (options) => ({
    framing: framingOf(options),
    // Single letters, at least 500 ms apart, without a terminator (WILDCAT, page 42).
    commands: {
      zero: Buffer.from('Z'),
      tare: Buffer.from('T'),
      clear_tare: Buffer.from('C'),
      print: Buffer.from('P'),
      request: Buffer.from('S'),
    },
    decode(frame) {
      const decimalCode = byteAt(frame, 1) & 0b111;
      const statusB = byteAt(frame, 2);
      const statusC = byteAt(frame, 3);
      const weight = fieldText(frame, WEIGHT_AT, decimalCode, options.dummyZeros);
      const tare =
        options.variant === 'short' ? undefined : fieldText(frame, TARE_AT, decimalCode, options.dummyZeros);
      if (weight === null) return rejected('weight field is not a number');
      if (tare === null) return rejected('tare field is not a number');
      const negative = (statusB & 0b10) !== 0;
      const outOfRange = (statusB & 0b100) !== 0;
      if (weight === '' && !outOfRange) return rejected('weight field is blank');
      const increment = incrementOf(byteAt(frame, 1));
      const reading: Reading = {
        value: outOfRange ? null : negative && !isZero(weight) ? `-${weight}` : weight,
        unit: unitOf(statusB, statusC),
        stable: !outOfRange && (statusB & 0b1000) === 0,
        overload: outOfRange && !negative,
        underload: outOfRange && negative,
        mode: (statusB & 1) === 0 ? 'gross' : 'net',
        zero: null,
      };
      // A blank tare field is a tare of zero: indicators blank leading zeros, here all of them.
      if (tare !== undefined) reading.tare = tare === '' ? zeroText(decimalCode) : tare;
      if (increment !== 0) reading.increment = increment;
      if ((statusC & 0b10000) !== 0) reading.expandedX10 = true;
      if ((statusB & 0b1000000) !== 0) reading.notZeroedSincePowerUp = true;
      return { kind: 'reading', reading };
    },
  }),
});

function framingOf({ checksum, variant, terminator }: z.infer<typeof options>) {
  const crAt = variant === 'standard' ? TARE_AT + DIGITS : TARE_AT;
  const withLf = terminator === 'crlf' || checksum === 'neg8';
  const bodyBytes = crAt + 1 + (withLf ? 1 : 0);
  const length = bodyBytes + (checksum === 'none' ? 0 : 1);
  const marks = [[crAt, CR], ...(withLf ? [[crAt + 1, LF]] : [])] as [number, number][];
  if (checksum === 'none') return fixedFrames({ startByte: STX, length, marks });
  const isRight = checksums[checksum];
  return fixedFrames({
    startByte: STX,
    length,
    marks,
    accepts(bytes, offset) {
      let sum = 0;
      for (let at = offset; at < offset + bodyBytes; at += 1) sum += bytes[at] as number;
      return isRight(sum, bytes[offset + bodyBytes] as number);
    },
  });
}

const checksums = {
  mt7: (sum: number, check: number) => ((sum + check) & 0x7f) === 0,
  neg8: (sum: number, check: number) => ((sum + check) & 0xff) === 0,
  sum8: (sum: number, check: number) => (sum & 0xff) === check,
};

/** Digits of one field with the decimal point set; `''` for a blank field, null when it is not a number. */
function fieldText(
  frame: Uint8Array,
  at: number,
  decimalCode: number,
  dummyZeros: 'included' | 'implied',
): string | null {
  let digits = 0;
  let blank = true;
  for (let index = at; index < at + DIGITS; index += 1) {
    const byte = byteAt(frame, index);
    if (byte >= 0x30 && byte <= 0x39) {
      digits = digits * 10 + (byte - 0x30);
      blank = false;
    } else if (byte !== SPACE || !blank) return null;
  }
  if (blank) return '';
  // Codes 0 and 1 stand for steps of 100 and 10, 2 for whole units, 3 to 7 for 1 to 5 decimals.
  if (decimalCode <= 2) return String(dummyZeros === 'implied' ? digits * 10 ** (2 - decimalCode) : digits);
  const decimals = decimalCode - 2;
  const scale = 10 ** decimals;
  return `${Math.floor(digits / scale)}.${String(digits % scale).padStart(decimals, '0')}`;
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

/** Leading digit of the interval; 0 when the status word does not say. */
function incrementOf(statusA: number): 0 | 1 | 2 | 5 {
  const code = (statusA >> 3) & 0b11;
  return code === 0 ? 0 : code === 1 ? 1 : code === 2 ? 2 : 5;
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
