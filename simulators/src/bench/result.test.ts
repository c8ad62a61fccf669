import { expect, test } from 'vitest';
import { medianOf, percentileOf, perSecond, resultLine } from './result.ts';

test('a bench that reaches its goal passes, one that is just below fails', () => {
  const line = (value: number) => resultLine({ name: 'frames', value, goal: 0.1, details: [] });
  expect(line(0.1)).toBe('RESULT name=frames value=0.100 goal=0.1 PASS');
  expect(line(0.09999)).toBe('RESULT name=frames value=0.100 goal=0.1 FAIL');
});

test('one disturbed round does not move the median', () => {
  expect(medianOf([5, 1, 900, 4, 3])).toBe(4);
  expect(() => medianOf([])).toThrow('nothing was measured');
});

test('one in a hundred may be slower than the 99th percentile, two may not', () => {
  const fast = (count: number) => Array.from({ length: count }, () => 1);
  expect(percentileOf([900, ...fast(99)], 99)).toBe(1);
  expect(percentileOf([900, 900, ...fast(98)], 99)).toBe(900);
  expect(percentileOf([900, ...fast(99)], 100)).toBe(900);
  expect(() => percentileOf([], 99)).toThrow('nothing was measured');
});

test('a rate is per second', () => {
  expect(perSecond(200_000, 500)).toBe('400,000/s');
});
