import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { databasePath } from './open-database.ts';

/** The write-ahead log of the database. `held`: somebody reads an old state of it, so it cannot be folded in and grows. */
export interface LogState {
  bytes: number;
  held: boolean;
}

export interface LogGuard {
  /** As of the last look. */
  state(): LogState;
  /** Looks, and folds a log that is too long into the database. Never waits for a reader. */
  check(): LogState;
}

/** SQLite folds the log in at 8 MB and keeps the file at 16; twice that means that somebody keeps it from doing so. */
const LONGEST_LOG_BYTES = 32 * 1024 * 1024;

export function openLogGuard(database: Database.Database, dataDir: string): LogGuard {
  let state: LogState = { bytes: 0, held: false };
  return {
    state: () => state,
    check: () => {
      const bytes = sizeOf(`${databasePath(dataDir)}-wal`);
      state = bytes <= LONGEST_LOG_BYTES ? { bytes, held: false } : foldIn(bytes);
      return state;
    },
  };

  function foldIn(bytes: number): LogState {
    const patienceMs = database.pragma('busy_timeout', { simple: true });
    // With patience, the trucks would wait for the reader.
    database.pragma('busy_timeout = 0');
    try {
      const [outcome] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      return outcome?.busy === 0 ? { bytes: 0, held: false } : { bytes, held: true };
    } finally {
      database.pragma(`busy_timeout = ${patienceMs}`);
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
