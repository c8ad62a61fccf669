import { expect, test } from 'vitest';
import { intervalOf, tareDriftOf } from './tare-drift.ts';

const usual = [8000, 8020, 7980, 8000, 8040, 7960];

test.each([
  ['within three times the usual spread', 8060, usual, 20, null],
  ['beyond the spread and two intervals', 8062, usual, 20, { medianG: 8000, madG: 20, deviationG: 62 }],
  ['as far below', 7938, usual, 20, { medianG: 8000, madG: 20, deviationG: -62 }],
  ['beyond the spread and within two intervals', 8062, usual, 31, null],
  [
    'of a truck that always weighs the same',
    8041,
    [8000, 8000, 8000, 8000, 8000],
    20,
    { medianG: 8000, madG: 0, deviationG: 41 },
  ],
  ['with fewer than five before it', 9000, [8000, 8000, 8000, 8000], 20, null],
  ['after one odd weighing', 8000, [...usual, 14_000], 20, null],
])('a tare %s', (_what, tareG, recentG, intervalG, drift) => {
  expect(tareDriftOf(tareG, recentG, intervalG)).toEqual(drift);
});

test('the interval is the commissioned one, in its unit, or 20 kg', () => {
  expect(intervalOf({ unit: 't', interval: '0.01' })).toBe(10_000);
  expect(intervalOf(undefined)).toBe(20_000);
});
