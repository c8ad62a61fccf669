import { expect, test } from 'vitest';
import { presetTareOn, presetTareOnAny } from './preset-tare.ts';

const kg20 = { unit: 'kg', interval: '20' } as const;

test.each([
  [8_009_999, kg20, 8_000_000],
  [8_010_000, kg20, 8_020_000],
  [8_020_000, kg20, 8_020_000],
  [0, kg20, 0],
  [8_010_000, { unit: 't', interval: '0.02' } as const, 8_020_000],
  // 17 660 lb are 8010.441 kg, and the nearest step of 20 lb.
  [8_010_000, { unit: 'lb', interval: '20' } as const, 8_010_441],
])('a typed tare of %i g on a scale of %o is %i g', (tareG, commissioned, expected) => {
  expect(presetTareOn(tareG, { maxKg: 60_000, commissioned })).toEqual({ kind: 'tare', tareG: expected });
});

test('a typed tare may be as heavy as Max, and not a gram more', () => {
  const rule = { maxKg: 60_000, commissioned: kg20 };
  expect(presetTareOn(60_000_000, rule)).toMatchObject({ kind: 'tare' });
  expect(presetTareOn(60_000_001, rule)).toEqual({
    kind: 'refused',
    refusal: { code: 'preset_tare_above_maximum', maxKg: 60_000 },
  });
});

test('where scales differ in their interval it stays as typed, and the largest Max counts', () => {
  const rules = [
    { maxKg: 60_000, commissioned: kg20 },
    { maxKg: 80_000, commissioned: { unit: 'kg', interval: '10' } as const },
  ];
  expect(presetTareOnAny(70_004_000, rules)).toEqual({ kind: 'tare', tareG: 70_004_000 });
  expect(presetTareOnAny(8_010_000, [{ maxKg: 60_000, commissioned: kg20 }])).toMatchObject({
    tareG: 8_020_000,
  });
});
