import { expect, test } from 'vitest';
import { type Indication, type IndicatorOptions, SimulatedIndicator } from './indicator.ts';

/** An indicator sampled at 50 Hz, and a way to leave a load on it for a while. */
function bench(options: IndicatorOptions = {}) {
  const indicator = new SimulatedIndicator(options);
  let tMs = 0;
  const hold = (loadKg: number | ((tMs: number) => number), durationMs = 3000): Indication => {
    let indication = indicator.sample(typeof loadKg === 'number' ? loadKg : loadKg(tMs), tMs);
    for (const endMs = tMs + durationMs; tMs < endMs; ) {
      tMs += 20;
      indication = indicator.sample(typeof loadKg === 'number' ? loadKg : loadKg(tMs), tMs);
    }
    tMs += 20;
    return indication;
  };
  return { indicator, hold };
}

test('a standing load is shown rounded to the interval', () => {
  expect(bench().hold(12_349)).toMatchObject({
    displayed: 12_340,
    motion: false,
    negative: false,
    net: false,
  });
  expect(bench().hold(12_351)).toMatchObject({ displayed: 12_360 });
  expect(bench({ interval: 50 }).hold(12_351)).toMatchObject({ displayed: 12_350 });
});

test('every indication is a whole number of intervals, whatever the load', () => {
  const { hold } = bench({ interval: 50 });
  for (let loadKg = -900; loadKg < 60_000; loadKg += 1237) {
    expect((hold(loadKg, 100).displayed ?? 0) % 50).toBe(0);
  }
});

test('a load that moves by more than one interval within a second is in motion', () => {
  const swaying = (tMs: number) => 20_000 + 40 * Math.sin((2 * Math.PI * tMs) / 2000);
  const { hold } = bench();
  expect(hold(swaying).motion).toBe(true);
  expect(hold(20_000, 900).motion).toBe(true);
  expect(hold(20_000, 3000).motion).toBe(false);
});

test('until it has watched the load for a second, the indicator says motion', () => {
  const { hold } = bench();
  expect(hold(0, 900).motion).toBe(true);
  expect(hold(0, 200).motion).toBe(false);
});

test('above Max + 9 d the display is blank and out of range; at Max + 9 d it still shows', () => {
  expect(bench().hold(60_180)).toMatchObject({ displayed: 60_180, outOfRange: false });
  expect(bench().hold(60_200)).toMatchObject({ displayed: null, outOfRange: true, negative: false });
});

test('below -20 d the display is blank, out of range and negative; at -20 d it still shows', () => {
  expect(bench().hold(-400)).toMatchObject({ displayed: 400, negative: true, outOfRange: false });
  expect(bench().hold(-420)).toMatchObject({ displayed: null, negative: true, outOfRange: true });
});

test('zero-tracking follows slow drift, so that an empty deck stays at zero', () => {
  const { hold } = bench();
  expect(hold((tMs) => tMs / 1000, 120_000)).toMatchObject({ displayed: 0, negative: false });
  // The zero has moved with the drift of 120 kg: a load now counts from there.
  expect(hold(1120).displayed).toBe(1000);
});

test('zero-tracking does not eat a truck that drives on, nor follow beyond 2 % of Max', () => {
  const { hold } = bench();
  expect(hold(8000, 60_000).displayed).toBe(8000);
  const drifting = bench();
  drifting.hold((tMs) => tMs / 100, 120_000);
  expect(drifting.hold(1300, 10_000).displayed).toBeGreaterThanOrEqual(100);
});

test('the zero key sets zero within 2 % of Max, and only when nothing moves', () => {
  const { indicator, hold } = bench();
  expect(hold(1000).displayed).toBe(1000);
  expect(indicator.press('zero')).toBe('done');
  expect(hold(1000).displayed).toBe(0);
  expect(hold(500, 100).motion).toBe(true);
  expect(indicator.press('zero')).toBe('refused');
  hold(9000);
  expect(indicator.press('zero')).toBe('refused');
});

test('the tare key shows net from there on, and clear goes back to gross', () => {
  const { indicator, hold } = bench();
  hold(8000);
  expect(indicator.press('tare')).toBe('done');
  expect(hold(8000)).toMatchObject({ displayed: 0, net: true, tare: 8000 });
  expect(hold(9500)).toMatchObject({ displayed: 1500, net: true, tare: 8000, negative: false });
  expect(hold(0)).toMatchObject({ displayed: 8000, net: true, negative: true, outOfRange: false });
  expect(indicator.press('tare')).toBe('refused');
  expect(indicator.press('clear')).toBe('done');
  expect(hold(9500)).toMatchObject({ displayed: 9500, net: false, tare: 0 });
});

test('an empty deck cannot be tared', () => {
  const { indicator, hold } = bench();
  hold(0);
  expect(indicator.press('tare')).toBe('refused');
});

test('pounds are shown when the indicator weighs in pounds', () => {
  expect(bench({ unit: 'lb', max: 120_000 }).hold(10_000)).toMatchObject({ unit: 'lb', displayed: 22_040 });
});

test('decimals are counted in the last digit', () => {
  const shown = bench({ decimals: 2, interval: 2, max: 6000 }).hold(12.347);
  expect(shown).toMatchObject({ displayed: 1234, decimals: 2, interval: 2 });
});

test('switched on without zero set, it says so until zero is set', () => {
  const { indicator, hold } = bench({ zeroedAtStart: false });
  expect(hold(0).zeroedSincePowerUp).toBe(false);
  indicator.press('zero');
  expect(hold(0).zeroedSincePowerUp).toBe(true);
});

test('an interval that is not 1, 2 or 5 times a power of ten does not exist', () => {
  for (const interval of [0, 3, 25, 0.5]) {
    expect(() => new SimulatedIndicator({ interval })).toThrow('an interval is 1, 2 or 5');
  }
});
