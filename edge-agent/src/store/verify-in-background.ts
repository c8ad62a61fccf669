import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clock } from '@weighgate/protocol';
import type { StoreVerdict } from './verify-store.ts';

/** What SQLite says of its pages, `ok` when all are well, and what the walk through the records found. */
export interface BackgroundVerdict {
  pages: string;
  verdict: StoreVerdict;
}

/**
 * Checks everything in a data folder in a thread of its own: weighing goes on meanwhile.
 * @param limitMs for so long it may read: as long as it does, the log of the database can only grow
 * @returns `too_long` when it was stopped then
 */
export async function verifyInBackground(
  dataDir: string,
  limitMs: number,
  clock: Clock,
): Promise<BackgroundVerdict | 'too_long'> {
  const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { workerData: dataDir });
  const patience = new AbortController();
  const late = clock.sleep(limitMs, patience.signal).then(
    () => 'too_long' as const,
    (error: unknown) => {
      if (!patience.signal.aborted) throw error;
      return 'too_long' as const;
    },
  );
  try {
    const checked = once(worker, 'message').then(([verdict]) => verdict as BackgroundVerdict);
    return await Promise.race([checked, late]);
  } finally {
    patience.abort();
    await worker.terminate();
  }
}
