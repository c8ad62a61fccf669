import { expect, test } from 'vitest';
import { trueTimeOf } from './true-time.ts';

const noon = Date.parse('2026-06-01T12:00:00Z');
const at = { wallMs: 0, bootId: 'boot-1', monoMs: 60_000, clock: 'unsynced' as const };

test('an entry made ten minutes before the HELLO of its boot was made ten minutes before it came, whatever its clock said', () => {
  const moments = new Map([['boot-1', { monoMs: 660_000, trueMs: noon }]]);
  for (const wallMs of [0, noon, noon + 10 * 365 * 86_400_000]) {
    expect(trueTimeOf({ ...at, wallMs }, moments)).toBe(noon - 600_000);
  }
  expect(trueTimeOf({ ...at, monoMs: 661_000 }, moments)).toBe(noon + 1_000);
});

test('of a boot that never greeted nothing can be said', () => {
  expect(trueTimeOf(at, new Map([['boot-2', { monoMs: 1, trueMs: noon }]]))).toBeNull();
  expect(
    trueTimeOf({ ...at, monoMs: 0 }, new Map([['boot-1', { monoMs: 2 * noon, trueMs: noon }]])),
  ).toBeNull();
});
