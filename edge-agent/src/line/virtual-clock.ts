import assert from 'node:assert/strict';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Clock } from '@weighgate/protocol';

/** A clock for tests: it stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Lets `durationMs` pass; whatever a waking sleeper sets off runs before the next one wakes. */
  advance(durationMs: number): Promise<void>;
  /** Sets the wall clock on or back by so much; time that is measured does not notice. */
  step(stepMs: number): void;
  /** How many sleep now: a leak shows here. */
  sleepers(): number;
}

interface Sleeper {
  dueMs: number;
  wake: () => void;
}

/** More sleepers than any test needs: reaching it means that something sleeps in a loop without end. */
const MAX_SLEEPERS = 10_000;

export function virtualClock(startWallMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let elapsedMs = 0;
  let steppedMs = 0;
  const sleepers = new Set<Sleeper>();

  function nextDueBy(limitMs: number): Sleeper | undefined {
    const due = [...sleepers].filter(({ dueMs }) => dueMs <= limitMs);
    return due.reduce<Sleeper | undefined>(
      (next, sleeper) => (next === undefined || sleeper.dueMs < next.dueMs ? sleeper : next),
      undefined,
    );
  }

  return {
    now: () => startWallMs + steppedMs + Math.floor(elapsedMs),
    step: (stepMs) => {
      steppedMs += stepMs;
    },
    monotonicMs: () => elapsedMs,
    sleepers: () => sleepers.size,

    sleep(durationMs, signal) {
      assert(sleepers.size < MAX_SLEEPERS, 'too many sleepers on the virtual clock');
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const abandon = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          dueMs: elapsedMs + Math.max(0, durationMs),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', abandon);
            resolve();
          },
        };
        signal?.addEventListener('abort', abandon, { once: true });
        sleepers.add(sleeper);
      });
    },

    async advance(durationMs) {
      const targetMs = elapsedMs + durationMs;
      // A turn of the event loop comes only after every promise that can settle has settled.
      await turnOfEventLoop();
      for (let next = nextDueBy(targetMs); next !== undefined; next = nextDueBy(targetMs)) {
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.wake();
        await turnOfEventLoop();
      }
      elapsedMs = targetMs;
    },
  };
}
