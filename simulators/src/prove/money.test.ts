import { billOf } from '@weighgate/cloud-api/src/billing/bill-of.ts';
import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { compareBills, type MakeBill } from './money.ts';
import { nearestWhole } from './money-fraction.ts';

test('three thousand random bills are what rational numbers say', () => {
  const tally = compareBills(3_000, seededRandom(7));
  expect(tally.shown.join('\n')).toBe('');
  expect(tally.differences).toBe(0);
  expect(tally.billed).toBeGreaterThan(2_000);
  expect(tally.blocked).toBeGreaterThan(100);
});

const broken: [what: string, make: MakeBill][] = [
  [
    'rounds halves the other way',
    ({ providerId, sessions, rates, terms }) =>
      billOf(providerId, sessions, rates, {
        ...terms,
        rounding: terms.rounding === 'half_even' ? 'half_away' : 'half_even',
      }),
  ],
  [
    'takes the rate for all before the own one',
    ({ providerId, sessions, rates, terms }) =>
      billOf(
        providerId,
        sessions,
        rates.map((rate) => ({
          ...rate,
          providerId: rate.providerId === null ? providerId : rate.providerId === providerId ? null : 1,
        })),
        terms,
      ),
  ],
  [
    'takes a range for closed at its end',
    ({ providerId, sessions, rates, terms }) =>
      billOf(
        providerId,
        sessions,
        rates.map((rate) => ({ ...rate, validToMs: rate.validToMs === null ? null : rate.validToMs + 1 })),
        terms,
      ),
  ],
];

test.each(broken)('a bill that %s is told from a right one', (_, make) => {
  expect(compareBills(3_000, seededRandom(7), make).differences).toBeGreaterThan(20);
});

test.each([
  [5n, 2n, 3n, 2n],
  [-5n, 2n, -3n, -2n],
  [7n, 2n, 4n, 4n],
  [-7n, 2n, -4n, -4n],
  [9n, 4n, 2n, 2n],
  [-9n, 4n, -2n, -2n],
  [0n, 3n, 0n, 0n],
])('the oracle rounds %d/%d to %d, and with ties to even to %d', (over, under, away, even) => {
  expect(nearestWhole({ over, under }, 'away_from_zero')).toBe(away);
  expect(nearestWhole({ over, under }, 'to_even')).toBe(even);
});
