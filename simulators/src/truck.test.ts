import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { truckOnDeck } from './truck.ts';
import { windOnDeck } from './wind.ts';

const passOf = (seed: number, massKg = 24_000, axles = 4) =>
  truckOnDeck({ massKg, axles, random: seededRandom(seed) });

const curveOf = (seed: number) => {
  const pass = passOf(seed);
  const emptyMs = pass.leave(15_000);
  return Array.from({ length: Math.ceil(emptyMs / 20) }, (_, i) => pass.loadKgAt(i * 20));
};

test('the same seed gives the same curve, another seed another', () => {
  expect(curveOf(11)).toEqual(curveOf(11));
  expect(curveOf(11)).not.toEqual(curveOf(12));
});

test('the load can be asked for at any instant in any order: it is a pure function of time', () => {
  const pass = passOf(5);
  const late = pass.loadKgAt(9000);
  pass.loadKgAt(100);
  expect(pass.loadKgAt(9000)).toBe(late);
});

test('once settled, the load is the mass within 10 kg, for any truck', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 500, max: 60_000 }),
      fc.integer({ min: 2, max: 9 }),
      (seed, massKg, axles) => {
        const pass = passOf(seed, massKg, axles);
        for (let tMs = pass.settledAfterMs; tMs < pass.settledAfterMs + 2000; tMs += 37) {
          expect(Math.abs(pass.loadKgAt(tMs) - massKg)).toBeLessThan(10);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('axle by axle: the load rises in as many steps as there are axles, 0.8 to 1.5 s apart', () => {
  for (const axles of [2, 3, 5]) {
    const pass = passOf(3, 24_000, axles);
    expect(pass.loadKgAt(0)).toBe(0);
    const gapsMs = (axles - 1) * 800;
    expect(pass.lastAxleOnAfterMs).toBeGreaterThanOrEqual(gapsMs + 300);
    expect(pass.lastAxleOnAfterMs).toBeLessThanOrEqual((axles - 1) * 1500 + 300);
    const firstAxleKg = pass.loadKgAt(300);
    expect(firstAxleKg).toBeGreaterThan((0.6 * 24_000) / axles);
    expect(firstAxleKg).toBeLessThan((1.5 * 24_000) / axles);
  }
});

test('after the last axle the load sways by more than one interval, and settles in 2 to 4 s', () => {
  const pass = passOf(8);
  const onMs = pass.lastAxleOnAfterMs;
  const swing = Array.from({ length: 50 }, (_, i) => pass.loadKgAt(onMs + i * 20));
  expect(Math.max(...swing) - Math.min(...swing)).toBeGreaterThan(100);
  const decayMs = pass.settledAfterMs - onMs;
  expect(decayMs >= 2000 && decayMs <= 4000).toBe(true);
});

test('the deck is empty before the first axle and after the last', () => {
  const pass = passOf(4);
  const emptyMs = pass.leave(12_000);
  expect(pass.loadKgAt(-1)).toBe(0);
  expect(pass.loadKgAt(emptyMs - 700)).toBeGreaterThan(1000);
  expect(Math.abs(pass.loadKgAt(emptyMs))).toBeLessThan(1e-6);
  expect(Math.abs(pass.loadKgAt(emptyMs + 60_000))).toBeLessThan(1e-6);
});

test('a truck cannot leave before it stands on the deck, nor twice', () => {
  const pass = passOf(4);
  expect(() => pass.leave(0)).toThrow('not on the deck yet');
  pass.leave(20_000);
  expect(() => pass.leave(30_000)).toThrow('leaving already');
});

test('wind on the empty deck stays under half an interval of 20 kg and repeats from its seed', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const windKg = windOnDeck(seededRandom(seed));
    const again = windOnDeck(seededRandom(seed));
    for (let tMs = 0; tMs < 600_000; tMs += 7919) {
      expect(Math.abs(windKg(tMs))).toBeLessThan(10);
      expect(again(tMs)).toBe(windKg(tMs));
    }
  }
});

test('a truck that stops short stands still with a wheel in the beam of the entry, until it pulls forward', () => {
  const pass = truckOnDeck({ massKg: 24_000, axles: 4, random: seededRandom(3), stopsShort: true });
  const stoodMs = pass.settledAfterMs + 60_000;
  expect(pass.cutsBeam(stoodMs, 'entry')).toBe(true);
  expect(pass.cutsBeam(stoodMs, 'exit')).toBe(false);
  expect(pass.loadKgAt(stoodMs)).toBeLessThan(24_000 - 1_000);
  const onMs = pass.pullForward(stoodMs);
  expect(pass.cutsBeam(onMs + 1, 'entry')).toBe(false);
  expect(pass.loadKgAt(onMs + 10_000)).toBeCloseTo(24_000, -2);
  const offMs = pass.leave(onMs + 10_000);
  expect(pass.cutsBeam(offMs - 100, 'exit')).toBe(true);
  expect(pass.cutsBeam(offMs + 1, 'exit')).toBe(false);
});
