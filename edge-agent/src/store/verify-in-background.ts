import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { StoreVerdict } from './verify-store.ts';

/** What SQLite says of its pages, `ok` when all are well, and what the walk through the records found. */
export interface BackgroundVerdict {
  pages: string;
  verdict: StoreVerdict;
}

/** Checks everything in a data folder in a thread of its own: weighing goes on meanwhile. */
export async function verifyInBackground(dataDir: string): Promise<BackgroundVerdict> {
  const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { workerData: dataDir });
  const [verdict] = await once(worker, 'message');
  await worker.terminate();
  return verdict as BackgroundVerdict;
}
