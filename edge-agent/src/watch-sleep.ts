import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';

const LOOK_MS = 1_000;
/** No truck leaves and another comes in less. */
const SLEEP_MS = 5_000;

/** Tells when the computer was asleep: measured time stood still meanwhile, and anything may have happened at the scale. */
export interface SleepWatch {
  /** Told once for each sleep, before anything else is done with what was known before it. */
  onWoken(listener: (sleptMs: number) => void): void;
  /** Looks now, and not only every second. */
  look(): void;
  /** Resolves when the watching has ended. */
  done: Promise<void>;
}

export interface WatchSleepParts {
  clock: Clock;
  /** Milliseconds since the computer started, those of its sleep included; in steps of a tenth of a second or less. */
  uptimeMs: () => number;
  log: Logger;
  signal: AbortSignal;
}

export function watchSleep({ clock, uptimeMs, log, signal }: WatchSleepParts): SleepWatch {
  const listeners: ((sleptMs: number) => void)[] = [];
  const aheadNow = () => uptimeMs() - clock.monotonicMs();
  let aheadMs = aheadNow();

  function look(): void {
    const now = aheadNow();
    const sleptMs = Math.round(now - aheadMs);
    if (sleptMs < SLEEP_MS) return;
    aheadMs = now;
    log.warn({ sleptMs }, 'computer.slept');
    for (const listener of listeners) listener(sleptMs);
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      look();
    }
  }

  return { onWoken: (listener) => void listeners.push(listener), look, done: watch() };
}
