import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** The longest a timer of Node can wait, 24.8 days: beyond it, it would fire at once. */
export const MAX_SLEEP_MS = 2 ** 31 - 1;

/**
 * Time comes in through the door: every room that needs it is handed a Clock.
 * `now` is for what is written down, `monotonicMs` for what is measured.
 */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970-01-01T00:00:00Z. May step in either direction. */
  now(): number;
  /**
   * Milliseconds since an arbitrary start, the same for all programs of one boot of the machine where it has such a
   * clock. Never goes back; says nothing about the date.
   */
  monotonicMs(): number;
  /**
   * Resolves after `durationMs`, soon when that is zero or less; rejects with the signal's reason when it is aborted
   * first. At most {@link MAX_SLEEP_MS}.
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not performance.now(): that one begins again with every process, and a boot has many.
  monotonicMs: () => Number(process.hrtime.bigint() / 1000n) / 1000,
  sleep: async (durationMs, signal) => {
    assert(durationMs <= MAX_SLEEP_MS, `sleep of ${durationMs} ms, at most ${MAX_SLEEP_MS} possible`);
    try {
      await delay(Math.max(0, durationMs), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/** The last millisecond a four-digit year can name: 9999-12-31T23:59:59.999Z. */
export const MAX_WALL_MS = 253_402_300_799_999;

/** An instant on the wire, 1970 to 9999: a machine whose clock was never set says 1970. */
export const instantSchema = z.iso
  .datetime({ precision: 3 })
  .refine((instant) => instant >= '1970', 'must not be before 1970');

/** ISO 8601 in UTC with milliseconds, the only form of an instant on the wire; `wallMs` from 0 to {@link MAX_WALL_MS}. */
export function isoInstant(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
