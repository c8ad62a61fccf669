import { expect, test } from 'vitest';
import { readAtWrongBaud, readWithParityAsData } from './serial-bits.ts';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('7 data bits and even parity read as 8 data bits: STX becomes 82, CR 8D, and 0 3 5 6 9 stay', () => {
  expect(hexOf(readWithParityAsData(Uint8Array.of(0x02, 0x0d)))).toBe('828d');
  expect(hexOf(readWithParityAsData(Buffer.from('03569')))).toBe(hexOf(Buffer.from('03569')));
  expect(hexOf(readWithParityAsData(Buffer.from('12478')))).toBe('b1b2b4b7b8');
});

test('read at the speed it was sent with, every byte arrives as it was', () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(readAtWrongBaud(all, 9600, 9600)).toEqual(all);
  // A few hundredths off is within what a UART bears.
  expect(readAtWrongBaud(all, 9600, 9300)).toEqual(all);
  expect(readAtWrongBaud(all, 9600, 9900)).toEqual(all);
});

test('read at half the speed, other and fewer bytes arrive', () => {
  const frame = Buffer.from('S S      12340 kg\r\n');
  const heard = readAtWrongBaud(frame, 9600, 4800);
  expect(heard.length).toBeLessThan(frame.length);
  expect(Buffer.from(heard).includes('12340')).toBe(false);
  // FFh has only its start bit low: half of a slow bit time, and all data bits high again.
  expect(hexOf(readAtWrongBaud(Uint8Array.of(0xff), 9600, 4800))).toBe('ff');
});

test('read at twice the speed, every bit is seen twice', () => {
  // 00h is nine low bits: the fast receiver reads eight of them, and finds no stop bit.
  expect(readAtWrongBaud(Uint8Array.of(0x00), 4800, 9600)[0]).toBe(0x00);
  // Start and the low bits 0101...: pairs of equal bits, the first data bit of the receiver still within the start bit.
  expect(readAtWrongBaud(Uint8Array.of(0x55), 4800, 9600)[0]).toBe(0b1001_1001 ^ 0b1111_1111);
});
