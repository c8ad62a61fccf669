import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { ClockStep, TimeSync } from './store/clock-guard.ts';
import type { Store } from './store/open-store.ts';
import { isStoreFull } from './store/store-error.ts';

const LOOK_MS = 10_000;
const ASK_MS = 60_000;
/** More steps of a clock than this tell nobody anything. */
const MAX_UNRECORDED = 100;

export interface WatchClockParts {
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Whether the cloud is out of reach now. */
  isOffline: () => boolean;
  /** Asks the system whether a time server keeps its clock. */
  timeSync: () => Promise<TimeSync>;
}

/**
 * Looks at the clock every ten seconds: setting it is a change of a sealable parameter (LM-61). Asks every minute whether
 * a time server keeps it. Puts on record when the connection to the cloud goes and comes.
 * @returns when the signal is aborted
 */
export async function watchClock(
  { clockGuard, sealedParameters, links }: Pick<Store, 'clockGuard' | 'sealedParameters' | 'links'>,
  { clock, log, signal, isOffline, timeSync }: WatchClockParts,
): Promise<void> {
  let askedMs = Number.NEGATIVE_INFINITY;
  let unrecorded: ClockStep[] = [];

  function keep(): void {
    unrecorded = [...unrecorded, ...clockGuard.takeSteps()].slice(-MAX_UNRECORDED);
    for (let step = unrecorded[0]; step !== undefined; step = unrecorded[0]) {
      const [old, now] = [step.expectedMs, step.wallMs].map((ms) => JSON.stringify(isoInstant(ms)));
      sealedParameters.recordChange('site.clock', old ?? null, now ?? null, 'machine');
      log.warn({ old, now }, 'clock.stepped');
      unrecorded.shift();
    }
    links.note(isOffline() ? 'down' : 'up');
  }

  /** Whether a time server keeps the clock: what the system says of it now. */
  async function ask(): Promise<void> {
    if (clock.monotonicMs() - askedMs < ASK_MS) return;
    askedMs = clock.monotonicMs();
    const before = clockGuard.timeSync();
    const said = await timeSync();
    clockGuard.noteSync(said);
    if (said.kind !== before.kind) log.info({ from: before.kind, ...said }, 'clock.sync');
  }

  await ask().catch(tellFull);
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    try {
      await ask();
      keep();
    } catch (error) {
      tellFull(error);
    }
  }

  /** On a full disk all of this waits for room; no truck waits for it. */
  function tellFull(error: unknown): void {
    if (!isStoreFull(error)) throw error;
    log.warn({}, 'clock.not_kept');
  }
}
