import { setTimeout as delay } from 'node:timers/promises';

/**
 * Time comes in through the door: every room that needs it is handed a Clock.
 * `now` is for what is written down, `monotonicMs` for what is measured.
 */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970-01-01T00:00:00Z. May step in either direction. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back; says nothing about the date. */
  monotonicMs(): number;
  /** Resolves after `durationMs`; rejects with the signal's reason when it is aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal) => delay(durationMs, undefined, signal === undefined ? {} : { signal }),
};

/** ISO 8601 in UTC with milliseconds, the only form of an instant on the wire. */
export function isoInstant(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
