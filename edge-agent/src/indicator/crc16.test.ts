import { expect, test } from 'vitest';
import { crc16Ccitt, crc16Modbus } from './crc16.ts';

const digits = Buffer.from('123456789');

test('the CRC of Modbus has its published check value', () => {
  expect(crc16Modbus(digits)).toBe(0x4b37);
});

test('the CRC of CCITT has its published check value', () => {
  expect(crc16Ccitt(digits)).toBe(0x29b1);
});
