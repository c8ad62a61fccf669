import { parentPort, workerData } from 'node:worker_threads';
import { openDatabaseReadOnly } from './open-database.ts';
import type { BackgroundVerdict } from './verify-in-background.ts';
import { verifyStore } from './verify-store.ts';

/** The pages of the database, and then every record in them: SQLite does not look at the content of a row. */
function verify(dataDir: string): BackgroundVerdict {
  const database = openDatabaseReadOnly(dataDir);
  try {
    const pages = String(database.pragma('quick_check', { simple: true }));
    return { pages, verdict: verifyStore(dataDir) };
  } finally {
    database.close();
  }
}

parentPort?.postMessage(verify(String(workerData)));
