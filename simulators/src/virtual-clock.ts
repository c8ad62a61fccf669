import { strict as assert } from 'node:assert';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Clock } from '@weighgate/protocol';

/** More sleepers than any test needs: reaching it means something sleeps in a loop without end. */
const MAX_SLEEPERS = 10_000;

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /**
   * Lets `durationMs` pass. Sleepers wake one by one in the order in which they are due, then in the order in which
   * they fell asleep; between two of them everything they set off runs until it sleeps again.
   */
  advance(durationMs: number): Promise<void>;
}

interface Sleeper {
  dueMs: number;
  wake: () => void;
}

/**
 * @param startWallMs what `now()` says at first; by default 2026-01-01T00:00:00Z
 * @param settled resolves when everything that was set off sleeps again: time stands still until then. By default a turn
 *   of the event loop, which comes only after every promise that can settle has settled
 */
export function virtualClock(
  startWallMs = Date.UTC(2026, 0, 1),
  settled: () => Promise<void> = turnOfEventLoop,
): VirtualClock {
  let elapsedMs = 0;
  let advancing = false;
  const sleepers = new Set<Sleeper>();

  const nextDueBy = (limitMs: number): Sleeper | undefined => {
    let next: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.dueMs <= limitMs && (next === undefined || sleeper.dueMs < next.dueMs)) next = sleeper;
    }
    return next;
  };

  return {
    now: () => startWallMs + Math.floor(elapsedMs),
    monotonicMs: () => elapsedMs,

    sleep(durationMs, signal) {
      assert(sleepers.size < MAX_SLEEPERS, 'too many sleepers on the virtual clock');
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const sleeper: Sleeper = {
          dueMs: elapsedMs + Math.max(0, durationMs),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.add(sleeper);
      });
    },

    async advance(durationMs) {
      assert(durationMs >= 0, 'time does not go back');
      assert(!advancing, 'the clock is being advanced already');
      advancing = true;
      const targetMs = elapsedMs + durationMs;
      await settled();
      for (let sleeper = nextDueBy(targetMs); sleeper !== undefined; sleeper = nextDueBy(targetMs)) {
        elapsedMs = sleeper.dueMs;
        sleeper.wake();
        await settled();
      }
      elapsedMs = targetMs;
      advancing = false;
    },
  };
}
