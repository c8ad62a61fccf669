import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Store } from './store/open-store.ts';

const LOOK_MS = 10_000;

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
  let lookedMs = clock.monotonicMs();
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    for (const { expectedMs, wallMs } of clockGuard.takeSteps()) {
      const [old, now] = [expectedMs, wallMs].map((ms) => JSON.stringify(isoInstant(ms)));
      log.warn({ old, now }, 'clock.stepped');
      sealedParameters.recordChange('site.clock', old ?? null, now ?? null, 'machine');
    }
    const nowMs = clock.monotonicMs();
    if (isOffline()) shifts.addOffline(nowMs - lookedMs);
    lookedMs = nowMs;
  }
}
