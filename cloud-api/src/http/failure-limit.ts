import type { Clock } from '@weighgate/protocol';

/** Counts failures by where they come from, so that guessing gets slow. Kept in memory, and bounded. */
export interface FailureLimit {
  /** Whether nothing more is taken from there for now. */
  isBlocked(from: string): boolean;
  note(from: string): void;
}

/**
 * After `failures` within `windowMs`, the place is blocked until that window has passed. Knows at most `places` of them
 * and forgets the oldest first.
 */
export function failureLimit(
  { failures, windowMs, places = 10_000 }: { failures: number; windowMs: number; places?: number },
  clock: Clock,
): FailureLimit {
  const counted = new Map<string, { sinceMs: number; count: number }>();
  const current = (from: string) => {
    const found = counted.get(from);
    return found !== undefined && clock.monotonicMs() - found.sinceMs < windowMs ? found : undefined;
  };
  return {
    isBlocked: (from) => (current(from)?.count ?? 0) >= failures,
    note: (from) => {
      const found = current(from);
      if (found !== undefined) {
        found.count += 1;
        return;
      }
      counted.delete(from);
      counted.set(from, { sinceMs: clock.monotonicMs(), count: 1 });
      const [oldest] = counted.keys();
      if (counted.size > places && oldest !== undefined) counted.delete(oldest);
    },
  };
}
