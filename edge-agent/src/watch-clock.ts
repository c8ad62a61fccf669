import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { ClockStep } from './store/clock-guard.ts';
import type { Store } from './store/open-store.ts';
import { isStoreFull } from './store/store-error.ts';

const LOOK_MS = 10_000;
/** More steps of a clock than this tell nobody anything. */
const MAX_UNRECORDED = 100;

export interface WatchClockParts {
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Whether the cloud is out of reach now. */
  isOffline: () => boolean;
}

/**
 * Looks at the clock every ten seconds: setting it is a change of a sealable parameter (LM-61). Counts the time without a
 * connection for the shifts that are open.
 * @returns when the signal is aborted
 */
export async function watchClock(
  { clockGuard, sealedParameters, shifts }: Pick<Store, 'clockGuard' | 'sealedParameters' | 'shifts'>,
  { clock, log, signal, isOffline }: WatchClockParts,
): Promise<void> {
  let countedMs = clock.monotonicMs();
  let unrecorded: ClockStep[] = [];

  function keep(): void {
    unrecorded = [...unrecorded, ...clockGuard.takeSteps()].slice(-MAX_UNRECORDED);
    for (let step = unrecorded[0]; step !== undefined; step = unrecorded[0]) {
      const [old, now] = [step.expectedMs, step.wallMs].map((ms) => JSON.stringify(isoInstant(ms)));
      sealedParameters.recordChange('site.clock', old ?? null, now ?? null, 'machine');
      log.warn({ old, now }, 'clock.stepped');
      unrecorded.shift();
    }
    const nowMs = clock.monotonicMs();
    if (isOffline()) shifts.addOffline(nowMs - countedMs);
    countedMs = nowMs;
  }

  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    try {
      keep();
    } catch (error) {
      // On a full disk all of this waits for room; no truck waits for it.
      if (!isStoreFull(error)) throw error;
      log.warn({}, 'clock.not_kept');
    }
  }
}
