import type { Clock } from '@weighgate/protocol';

const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;

/** Chance between 0 and 1, for spreading retries. */
export type Chance = () => number;

export interface KeepServingParts {
  clock: Clock;
  chance: Chance;
  /** Told before each pause, in ms. */
  onPause: (pauseMs: number) => void;
}

/**
 * Serves one connection after another until `stopping` is aborted, with a jittered pause between them, which grows up to
 * 30 s while none of them gets as far as serving.
 * @param serve one connection to its end; @returns whether it served
 */
export async function keepServing(
  serve: () => Promise<boolean>,
  { clock, chance, onPause }: KeepServingParts,
  stopping: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!stopping.aborted) {
    const served = await serve();
    failures = served ? 1 : failures + 1;
    if (stopping.aborted) return;
    const pauseMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (0.5 + chance() / 2);
    onPause(Math.round(pauseMs));
    await pause(clock, pauseMs, stopping);
  }
}

/** Ends early when stopping; that is no failure. */
async function pause(clock: Clock, durationMs: number, stopping: AbortSignal): Promise<void> {
  try {
    await clock.sleep(durationMs, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}
