const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1_000, 60_000, 3_600_000] as const;

/** After each failed attempt; about a day and a half in all. The schedule that Standard Webhooks recommends. */
const pausesMs = [
  5 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
];

/** How often a message is tried before it is given up, and again after each replay. */
export const MAX_ATTEMPTS = pausesMs.length + 1;

/**
 * The pause after a failed attempt, spread by chance so that what failed together does not come back together.
 * @param failedAttempts since it was queued or replayed, from 1
 * @param chance from 0 to 1
 */
export function retryPauseMs(failedAttempts: number, chance: number): number {
  const pauseMs = pausesMs[Math.min(failedAttempts, pausesMs.length) - 1] ?? 0;
  return Math.round(pauseMs * (0.8 + 0.4 * chance));
}
