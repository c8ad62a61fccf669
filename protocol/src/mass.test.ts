import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gramsOf, gramsSchema, kgText, MAX_GRAMS, type MassUnit, massUnitSchema } from './mass.ts';

/** Grams in one unit as decimal text, from the definitions of 1959: written apart from the code it checks. */
const gramsText: Record<MassUnit, string> = {
  kg: '1000',
  t: '1000000',
  g: '1',
  lb: '453.59237',
  tn: '907184.74',
  oz: '28.349523125',
};

/** Decimal text as an integer and the power of ten it is to be divided by. */
function parseDecimal(text: string): { digits: bigint; places: number } {
  const point = text.indexOf('.');
  if (point === -1) return { digits: BigInt(text), places: 0 };
  return { digits: BigInt(text.replace('.', '')), places: text.length - point - 1 };
}

/** Grams by schoolbook division: quotient, remainder, and one more when the remainder is at least half. */
function oracleGrams(magnitude: string, unit: MassUnit): bigint {
  const value = parseDecimal(magnitude);
  const factor = parseDecimal(gramsText[unit]);
  const product = value.digits * factor.digits;
  const scale = 10n ** BigInt(value.places + factor.places);
  const quotient = product / scale;
  const remainder = product - quotient * scale;
  return remainder + remainder >= scale ? quotient + 1n : quotient;
}

const unit = fc.constantFrom(...massUnitSchema.options);
const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const fraction = fc.oneof(
  fc.constantFrom('', '.5', '.05', '.0005', '.00005'),
  digits(1, 9).map((d) => `.${d}`),
);
const magnitude = fc.tuple(digits(1, 12), fraction).map(([whole, rest]) => whole + rest);

describe('grams of an indication', () => {
  test('are exact and rounded half away from zero, in every unit', () => {
    fc.assert(
      fc.property(magnitude, unit, (text, unitName) => {
        const expected = oracleGrams(text, unitName);
        if (expected > BigInt(MAX_GRAMS)) {
          expect(() => gramsOf(text, unitName)).toThrow(RangeError);
        } else {
          expect(gramsOf(text, unitName)).toBe(Number(expected));
          expect(gramsSchema.safeParse(gramsOf(text, unitName)).success).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('of a negative indication are those of the positive one, negated; minus zero is zero', () => {
    fc.assert(
      fc.property(magnitude, unit, (text, unitName) => {
        fc.pre(oracleGrams(text, unitName) <= BigInt(MAX_GRAMS));
        const positive = gramsOf(text, unitName);
        expect(gramsOf(`-${text}`, unitName)).toBe(positive === 0 ? 0 : -positive);
      }),
    );
  });

  test.each<[string, MassUnit, number]>([
    ['12340', 'kg', 12_340_000],
    ['0.0005', 'kg', 1],
    ['-0.0005', 'kg', -1],
    ['0.00049', 'kg', 0],
    ['0.5', 'g', 1],
    ['1.5', 'g', 2],
    ['2.5', 'g', 3],
    ['-2.5', 'g', -3],
    ['-0.4', 'g', 0],
    ['-0', 'kg', 0],
    ['1', 'lb', 454],
    ['100000', 'lb', 45_359_237],
    ['16', 'oz', 454],
    ['1600000', 'oz', 45_359_237],
    ['1', 'tn', 907_185],
    ['24.860', 't', 24_860_000],
    ['10000', 't', MAX_GRAMS],
    ['-10000', 't', -MAX_GRAMS],
  ])('of %s %s are %d', (text, unitName, grams) => {
    expect(gramsOf(text, unitName)).toBe(grams);
  });

  test.each([
    '1 2345',
    ' 12345',
    '12345 ',
    '12345\n',
    '12,345',
    '1e9',
    '0x10',
    '+5',
    '--5',
    '- 5',
    '.5',
    '5.',
    '1.2.3',
    'NaN',
    'Infinity',
    '１２３４',
    '١٢٣',
    '9'.repeat(300),
    `0.${'1'.repeat(300)}`,
    '',
    '-',
  ])('are refused for %j: it is not a plain decimal', (text) => {
    expect(() => gramsOf(text, 'kg')).toThrow(RangeError);
  });

  test('are refused beyond 10 000 t, with what was sent', () => {
    expect(() => gramsOf('10000.000001', 't')).toThrow('10000.000001 t');
  });
});

test('kilograms as text lose no gram', () => {
  fc.assert(
    fc.property(fc.integer({ min: -MAX_GRAMS, max: MAX_GRAMS }), (grams) => {
      const text = kgText(grams);
      expect(text).toMatch(/^-?\d+(\.\d{1,3})? kg$/);
      expect(gramsOf(text.slice(0, -3), 'kg')).toBe(grams);
    }),
  );
});
