import { statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databasePath } from './open-database.ts';
import { StoreError } from './store-error.ts';

/** `warn`: less than a fifth is free, or somebody's reading keeps the log of the database growing. `low`: another weighing might not fit, so none is started. */
export type StorageState = 'ok' | 'warn' | 'low';

export interface StorageGuard {
  /** As of the last check. */
  state(): StorageState;
  /**
   * Looks at free space and free names, and whether the data folder can still be written and still holds the database
   * that is open.
   * @throws StoreError `store_lost` when it cannot or does not: what is stored from then on would not be there
   */
  check(): StorageState;
}

const WARN_FREE_SHARE = 0.2;
/** A commit may need a file for its log and one for its index; the rest is for everybody else on the disk. */
const MIN_FREE_FILES = 64;

/** @param refuseBelowBytes with less than this free, no weighing is started */
export function openStorageGuard(dataDir: string, refuseBelowBytes: number): StorageGuard {
  const opened = statSync(databasePath(dataDir));
  let state: StorageState = 'ok';

  function check(): StorageState {
    assertSameDatabase();
    const { bavail, bsize, blocks, ffree, files } = statfsSync(dataDir);
    // Some file systems count no files: then they cannot run out of them.
    const filesLow = files > 0 && ffree < MIN_FREE_FILES;
    const scarce = bavail < blocks * WARN_FREE_SHARE || (files > 0 && ffree < files * WARN_FREE_SHARE);
    state = scarce ? 'warn' : 'ok';
    if (!canWrite() || filesLow || bavail * bsize < refuseBelowBytes) state = 'low';
    return state;
  }

  function assertSameDatabase(): void {
    const path = databasePath(dataDir);
    let now: { ino: number; dev: number };
    try {
      now = statSync(path);
    } catch (cause) {
      throw lost(`${path} is gone`, cause);
    }
    if (now.ino !== opened.ino || now.dev !== opened.dev)
      throw lost(`${path} is another file than the one that is open`);
  }

  /** False on a full disk, which is no reason to stop. */
  function canWrite(): boolean {
    try {
      writeFileSync(join(dataDir, 'write-probe'), '.', { flush: true });
      return true;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT') return false;
      throw lost(`the data folder ${dataDir} cannot be written (${code})`, cause);
    }
  }

  check();
  return { state: () => state, check };
}

function lost(what: string, cause?: unknown): StoreError {
  const message = `The store is lost: ${what}. Nothing is weighed any more. Look at the disk, or restore a backup.`;
  return new StoreError('store_lost', message, { cause });
}
