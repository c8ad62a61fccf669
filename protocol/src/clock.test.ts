import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantSchema, isoInstant, MAX_SLEEP_MS, MAX_WALL_MS, systemClock } from './clock.ts';

describe('sleep', () => {
  test('ends after its time by the monotonic clock', async () => {
    const startedMs = systemClock.monotonicMs();
    await systemClock.sleep(20);
    // A timer of Node may fire up to a millisecond early against performance.now.
    expect(systemClock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(19);
  });

  test('of zero or less ends at once', async () => {
    await systemClock.sleep(0);
    await systemClock.sleep(-5);
  });

  test('rejects with the very reason it was aborted for', async () => {
    const reason = new Error('the line was closed');
    const abort = new AbortController();
    const sleeping = systemClock.sleep(60_000, abort.signal);
    abort.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(systemClock.sleep(60_000, abort.signal)).rejects.toBe(reason);
  });

  test.each([MAX_SLEEP_MS + 1, Number.POSITIVE_INFINITY, Number.NaN])(
    'of %d ms is refused, where a timer would fire at once',
    async (durationMs) => {
      await expect(systemClock.sleep(durationMs)).rejects.toThrow(/at most 2147483647 possible/);
    },
  );
});

test.skipIf(process.platform !== 'linux')(
  'monotonic times of two programs of one boot can be compared: a restart does not begin anew',
  () => {
    const clockFile = new URL('clock.ts', import.meta.url).href;
    const script = `import { systemClock } from ${JSON.stringify(clockFile)}; console.log(systemClock.monotonicMs())`;
    const before = systemClock.monotonicMs();
    const there = Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    );
    expect(there).toBeGreaterThan(before);
    expect(there).toBeLessThan(systemClock.monotonicMs());
  },
);

describe('an instant', () => {
  test('of any wall time from 1970 to 9999 reads back to the millisecond', () => {
    fc.assert(
      fc.property(fc.nat({ max: MAX_WALL_MS }), (wallMs) => {
        const instant = isoInstant(wallMs);
        expect(instantSchema.parse(instant)).toBe(instant);
        expect(Date.parse(instant)).toBe(wallMs);
      }),
    );
    expect(isoInstant(MAX_WALL_MS)).toBe('9999-12-31T23:59:59.999Z');
  });

  test.each([
    '0000-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '+010000-01-01T00:00:00.000Z',
    '2026-02-29T00:00:00.000Z',
    '2026-10-05T24:00:00.000Z',
    '2026-10-05T07:18:31Z',
    '2026-10-05T07:18:31.902',
    '2026-10-05T07:18:31.902+03:00',
    '2026-10-05 07:18:31.902Z',
    '',
  ])('spelled %j is refused', (text) => {
    expect(instantSchema.safeParse(text).success).toBe(false);
  });
});
