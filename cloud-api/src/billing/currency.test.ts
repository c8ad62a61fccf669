import { expect, test } from 'vitest';
import { moneyTextOf } from './currency.ts';

test.each([
  [654_500n, 'ILS', '6545.00'],
  [5n, 'ILS', '0.05'],
  [-5n, 'ILS', '-0.05'],
  [0n, 'ILS', '0.00'],
  [654_500n, 'JPY', '654500'],
  [-7n, 'JPY', '-7'],
  [654_500n, 'KWD', '654.500'],
  [7n, 'KWD', '0.007'],
  [9_007_199_254_740_993n, 'ILS', '90071992547409.93'],
])('%d minor units of %s are written %s', (amountMinor, currency, text) => {
  expect(moneyTextOf(amountMinor, currency)).toBe(text);
});
