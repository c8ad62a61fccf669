import { expect, test } from 'vitest';
import { type IndicationFaults, indicationFaults } from './indication-faults.ts';
import { grossKg } from './indicator-simulator/showing.ts';
import { seededRandom } from './random.ts';

const disturbed = (faults: IndicationFaults, seed = 1) => indicationFaults(seededRandom(seed), faults);

test('without faults everything is shown as it is', () => {
  const shown = grossKg(12_340);
  expect(disturbed({})(shown)).toBe(shown);
});

test('a frozen display goes on saying the same while the load changes, and comes back', () => {
  const show = disturbed({ frozen: 0.01 });
  const said = Array.from({ length: 3000 }, (_, index) => show(grossKg(20 * index)).displayed ?? 0);
  let longestRun = 0;
  let run = 0;
  for (const [at, value] of said.entries()) {
    run = at > 0 && value === said[at - 1] ? run + 1 : 0;
    longestRun = Math.max(longestRun, run);
  }
  expect(longestRun).toBeGreaterThanOrEqual(19);
  expect(longestRun).toBeLessThan(200);
  expect(said.filter((value, index) => value === 20 * index).length).toBeGreaterThan(300);
});

test('the unit is changed with the value, and changed back', () => {
  const show = disturbed({ unitChange: 1 });
  // 12 340 kg are 27 204.8 lb, 27 200 in steps of 20.
  expect(show(grossKg(12_340, { tare: 1000 }))).toMatchObject({ unit: 'lb', displayed: 27_200, tare: 2200 });
  expect(show(grossKg(12_340))).toMatchObject({ unit: 'kg', displayed: 12_340 });
});

test('the point is moved: fixed zeros go first, then decimals appear', () => {
  expect(disturbed({ pointChange: 1 })(grossKg(12_340))).toMatchObject({
    displayed: 1234,
    interval: 2,
    decimals: 0,
  });
  expect(disturbed({ pointChange: 1 })(grossKg(12_345, { interval: 5 }))).toMatchObject({
    displayed: 12_345,
    decimals: 1,
  });
});

test('a blank display stays blank', () => {
  const over = grossKg(null, { outOfRange: true, withheld: 60_200 });
  expect(disturbed({ unitChange: 1, pointChange: 1 })(over).displayed).toBe(null);
});

test('a chance beyond 1 is our mistake', () => {
  expect(() => disturbed({ frozen: 2 })).toThrow('frozen is a chance from 0 to 1');
});
