import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';

const drawsOf = (seed: number, count = 50) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

test('the same seed gives the same draws, another seed gives others', () => {
  expect(drawsOf(7)).toEqual(drawsOf(7));
  expect(drawsOf(7)).not.toEqual(drawsOf(8));
});

test('a seed means the same draws for ever: recorded demos and failures stay reproducible', () => {
  const random = seededRandom(42);
  expect([random.whole(1, 1000), random.whole(1, 1000), random.whole(1, 1000)]).toEqual([812, 891, 271]);
});

test('a fork depends on its label, not on how much was drawn before it', () => {
  const fresh = seededRandom(7).fork('wind').next();
  const used = seededRandom(7);
  used.next();
  expect(used.fork('wind').next()).toBe(fresh);
  expect(used.fork('truck').next()).not.toBe(fresh);
});

test('draws keep to their ranges and reach both ends of a whole range', () => {
  const random = seededRandom(1);
  const wholes = new Set(Array.from({ length: 200 }, () => random.whole(3, 6)));
  expect([...wholes].sort()).toEqual([3, 4, 5, 6]);
  for (let i = 0; i < 1000; i += 1) {
    expect(random.next()).toBeLessThan(1);
    const between = random.between(-2, 5);
    expect(between >= -2 && between < 5).toBe(true);
    expect(['a', 'b']).toContain(random.pick(['a', 'b']));
  }
  expect(() => random.pick([])).toThrow('nothing to pick from');
});

test('normal draws have the mean and the spread that were asked for', () => {
  const random = seededRandom(3);
  const draws = Array.from({ length: 20_000 }, () => random.normal(100, 15));
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
  expect(mean).toBeCloseTo(100, 0);
  expect(Math.abs(Math.sqrt(variance) - 15)).toBeLessThan(0.5);
});

test('a seed that is not a whole number is our mistake', () => {
  expect(() => seededRandom(0.5)).toThrow('a seed is a whole number');
});
