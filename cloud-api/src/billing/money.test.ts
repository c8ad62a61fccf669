import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountMinorOf, jsonMinorOf, rateTextOf, rateTextSchema } from './money.ts';

test.each([
  [7_000_000n, '93.5', 654_500n],
  [1n, '0.4999', 0n],
  [1_000n, '0.5', 1n],
  [-1_000n, '0.5', -1n],
  [1_000n, '1.5', 2n],
  [1_000n, '2.5', 3n],
  [5n, '100', 1n],
  [4n, '100', 0n],
  [-5n, '100', -1n],
  [7_000_000n, '0', 0n],
  [1_000n, '0.0001', 0n],
  [5_000_000n, '0.0001', 1n],
])('%d g at %s minor units per kg is %d', (netG, rate, amount) => {
  expect(amountMinorOf(netG, rate)).toBe(amount);
});

const rateText = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 10n ** 14n - 1n }),
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 9_999 }),
  )
  .map(([whole, decimals, fraction]) =>
    decimals === 0 ? `${whole}` : `${whole}.${String(fraction).padStart(4, '0').slice(0, decimals)}`,
  );
const grams = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n });

/** Twice the exact amount as a fraction over 10^7, computed another way: digit by digit of the rate. */
function exactOf(netG: bigint, rate: string): { numerator: bigint; denominator: bigint } {
  const [whole = '0', fraction = ''] = rate.split('.');
  let numerator = BigInt(whole) * netG;
  let denominator = 1n;
  for (const digit of fraction) {
    numerator = numerator * 10n + BigInt(digit) * netG;
    denominator *= 10n;
  }
  return { numerator, denominator: denominator * 1000n };
}

test('an amount is never further than half a unit from the exact one, and a half goes away from zero', () => {
  fc.assert(
    fc.property(grams, rateText, (netG, rate) => {
      const { numerator, denominator } = exactOf(netG, rate);
      const twiceError = 2n * (amountMinorOf(netG, rate) * denominator - numerator);
      const distance = twiceError < 0n ? -twiceError : twiceError;
      expect(distance <= denominator).toBe(true);
      if (distance === denominator) expect(twiceError > 0n).toBe(netG > 0n);
    }),
    { numRuns: 2_000 },
  );
});

test('what is taken back is what was given: the amount of a negative mass is the negative amount', () => {
  fc.assert(
    fc.property(grams, rateText, (netG, rate) => amountMinorOf(-netG, rate) === -amountMinorOf(netG, rate)),
  );
});

test('a rate is a plain decimal of at most four places', () => {
  for (const good of ['0', '7', '93.5', '0.0001', '99999999999999.9999']) {
    expect(rateTextSchema.safeParse(good).success, good).toBe(true);
  }
  for (const bad of ['', '-1', '1e3', '1.', '.5', '1,5', ' 1', '1.00001', 'NaN', '123456789012345']) {
    expect(rateTextSchema.safeParse(bad).success, bad).toBe(false);
  }
});

test('a rate is shown as it was typed, without the zeros the database adds', () => {
  expect(['93.5000', '7.0000', '0.0001', '100.0000', '100'].map(rateTextOf)).toEqual([
    '93.5',
    '7',
    '0.0001',
    '100',
    '100',
  ]);
});

test('an amount that JSON cannot carry exactly is refused', () => {
  expect(jsonMinorOf(9_007_199_254_740_991n)).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => jsonMinorOf(9_007_199_254_740_992n)).toThrow('too large');
});
