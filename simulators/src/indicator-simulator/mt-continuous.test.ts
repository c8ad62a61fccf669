import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Indication } from './indicator.ts';
import { encodeMtContinuous, mtCheckByte } from './mt-continuous.ts';
import { grossKg } from './showing.ts';

const hexOf = (frame: Uint8Array) => Buffer.from(frame).toString('hex');
const textOf = (frame: Uint8Array) => Buffer.from(frame).toString('latin1');
const statusBOf = (more: Partial<Indication>) => encodeMtContinuous(grossKg(100, more))[2];

test('a captured frame of 15 kg, check byte included, comes out byte for byte', () => {
  expect(hexOf(encodeMtContinuous(grossKg(15, { interval: 1 })))).toBe(
    '022a30202020202031352020202020300d41',
  );
});

test('the Jaguar sample of 200 lb in steps of 20 comes out byte for byte', () => {
  const frame = encodeMtContinuous(grossKg(200, { unit: 'lb' }), { checksum: 'none', emptyTare: 'blank' });
  expect(hexOf(frame)).toBe(`02312020${'202020323030'}${'20'.repeat(6)}0d`);
});

test('the check byte of the Flintec manual example is 06, line feed counted', () => {
  const frame = Buffer.from('\x02\x7d\x31\x30  0750   250\x0d\x0a', 'latin1');
  expect(mtCheckByte([...frame], 'neg8')).toBe(0x06);
});

test('a net of 0.750 kg with a tare of 0.250 has the status bits of the Flintec example, less its own two', () => {
  const [, a, b] = encodeMtContinuous(grossKg(750, { decimals: 3, interval: 5, net: true, tare: 250 }));
  // Flintec sets bit 6 of status A, which every other manual has at 0.
  expect(a).toBe(0x7d & ~0x40);
  expect(b).toBe(0x31);
});

test('every bit of status B says what the manual says', () => {
  expect(statusBOf({})).toBe(0b011_0000);
  expect(statusBOf({ net: true })).toBe(0b011_0001);
  expect(statusBOf({ negative: true })).toBe(0b011_0010);
  expect(statusBOf({ outOfRange: true })).toBe(0b011_0100);
  expect(statusBOf({ motion: true })).toBe(0b011_1000);
  expect(statusBOf({ unit: 'lb' })).toBe(0b010_0000);
  expect(statusBOf({ zeroedSincePowerUp: false })).toBe(0b111_0000);
});

test('status A carries the decimal point and the interval', () => {
  const statusAOf = (decimals: number, interval: number) =>
    encodeMtContinuous(grossKg(0, { decimals, interval }))[1];
  expect(statusAOf(0, 1)).toBe(0b010_1010);
  expect(statusAOf(0, 20)).toBe(0b011_0001);
  expect(statusAOf(0, 50)).toBe(0b011_1001);
  expect(statusAOf(0, 100)).toBe(0b010_1000);
  expect(statusAOf(1, 5)).toBe(0b011_1011);
  expect(statusAOf(3, 2)).toBe(0b011_0101);
  expect(() => statusAOf(0, 1000)).toThrow('no code for this interval');
});

test('an overloaded display sends six spaces, never digits', () => {
  const frame = encodeMtContinuous(grossKg(null, { outOfRange: true }));
  expect(textOf(frame).slice(4, 10)).toBe('      ');
});

test('models differ in leading zeros, in dummy zeros and in the short frame', () => {
  expect(textOf(encodeMtContinuous(grossKg(12_340), { leadingZeros: 'digits' })).slice(4, 16)).toBe(
    '012340000000',
  );
  expect(textOf(encodeMtContinuous(grossKg(12_340), { dummyZeros: 'implied' })).slice(4, 10)).toBe('  1234');
  expect(encodeMtContinuous(grossKg(12_340), { variant: 'short' })).toHaveLength(12);
  expect(encodeMtContinuous(grossKg(12_340), { checksum: 'none' })).toHaveLength(17);
  expect(encodeMtContinuous(grossKg(12_340), { checksum: 'neg8' })).toHaveLength(19);
  expect(encodeMtContinuous(grossKg(12_340), { checksum: 'sum8' }).at(-1)).toBe(
    [...encodeMtContinuous(grossKg(12_340), { checksum: 'none' })].reduce((a, b) => a + b, 0) % 256,
  );
});

test('a frame of any weight adds up to 0 modulo 128 and stays within seven bits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3000 }),
      fc.boolean(),
      fc.boolean(),
      (intervals, motion, negative) => {
        const frame = encodeMtContinuous(grossKg(intervals * 20, { motion, negative }));
        expect(frame).toHaveLength(18);
        expect(frame.reduce((sum, byte) => sum + byte, 0) % 128).toBe(0);
        expect(Math.max(...frame)).toBeLessThan(128);
      },
    ),
  );
});

test('a weight of more than six digits is our mistake, not a cut frame', () => {
  expect(() => encodeMtContinuous(grossKg(1_000_000))).toThrow('not six digits');
});
