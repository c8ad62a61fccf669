import { describe, expect, test } from 'vitest';
import { changeOf } from './commissioned-indication.ts';

const kilograms = { unit: 'kg', interval: '20' } as const;
const tonnes = { unit: 't', interval: '0.02' } as const;

describe('an indicator that shows what it was commissioned to show', () => {
  test.each([
    [kilograms, '12340'],
    [kilograms, '0'],
    [kilograms, '-20'],
    [tonnes, '12.34'],
    [tonnes, '0.00'],
  ])('%j shows %s', (commissioned, value) => {
    expect(changeOf({ value, unit: commissioned.unit }, commissioned)).toBeNull();
  });

  test('is not judged by a reading without a value', () => {
    expect(changeOf({ value: null, unit: null }, kilograms)).toBeNull();
  });
});

describe('an indicator that was set to something else', () => {
  test('shows another unit', () => {
    expect(changeOf({ value: '12340', unit: 'lb' }, kilograms)).toEqual({
      code: 'unit_changed',
      expected: 'kg',
      shown: 'lb',
    });
    expect(changeOf({ value: '12340', unit: null }, kilograms)).toMatchObject({
      code: 'unit_changed',
      shown: null,
    });
  });

  test.each([
    ['a decimal point that moved', kilograms, '1234.0'],
    ['a decimal point that moved and a value that still fits the steps', kilograms, '1240.0'],
    ['a decimal point that went', tonnes, '1234'],
    ['a finer interval', kilograms, '12345'],
    ['a finer interval below zero', kilograms, '-5'],
    ['another interval in tonnes', tonnes, '12.35'],
  ] as const)('shows %s', (_what, commissioned, value) => {
    expect(changeOf({ value, unit: commissioned.unit }, commissioned)).toMatchObject({
      code: 'interval_changed',
      interval: commissioned.interval,
      value,
    });
  });
});
