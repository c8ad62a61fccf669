import { expect, test } from 'vitest';
import { amountText, dayText, decimalOf, kgText, lastDayText, minuteText, rateText } from './figure-text.ts';

test.each([
  ['0', 2, '0.00'],
  ['5', 2, '0.05'],
  ['-5', 2, '-0.05'],
  ['123456789012345678901234567890', 2, '1,234,567,890,123,456,789,012,345,678.90'],
  ['-100000', 2, '-1,000.00'],
  ['1234', 0, '1,234'],
  ['999', 0, '999'],
  ['1234', 3, '1.234'],
])('%s minor units with %d decimals are %s', (minor, decimals, text) => {
  expect(amountText(minor, decimals)).toBe(text);
  expect(decimalOf(minor, decimals)).toBe(text.replaceAll(',', ''));
});

test.each([
  ['7000000', '7,000'],
  ['7000500', '7,000.5'],
  ['1', '0.001'],
  ['-150000', '-150'],
])('%s g are %s kg', (grams, text) => {
  expect(kgText(grams)).toBe(text);
});

test.each([
  ['93.5', 2, '0.935'],
  ['93', 2, '0.93'],
  ['90', 2, '0.90'],
  ['100', 2, '1.00'],
  ['0.0001', 2, '0.000001'],
  ['120.0001', 2, '1.200001'],
  ['7', 0, '7'],
  ['7.5', 0, '7.5'],
  ['1234', 3, '1.234'],
])('a rate of %s minor units with %d decimals is %s of the currency', (perKg, decimals, text) => {
  expect(rateText(perKg, decimals)).toBe(text);
});

test('days and minutes are those of the site, on both days the clocks change, and a period ends on its last day', () => {
  expect(dayText('2026-05-31T21:00:00.000Z', 'Asia/Jerusalem')).toBe('01.06.2026');
  expect(minuteText('2026-03-27T00:30:00.000Z', 'Asia/Jerusalem')).toBe('27.03.2026 03:30');
  expect(minuteText('2026-10-24T22:30:00.000Z', 'Asia/Jerusalem')).toBe('25.10.2026 01:30');
  expect(lastDayText('2026-06-30T21:00:00.000Z', 'Asia/Jerusalem')).toBe('30.06.2026');
});
