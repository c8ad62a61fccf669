import Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

/** Runs work as one transaction that may write from its beginning. */
export type Transact = <T>(work: () => T) => T;

/**
 * After an I/O error nobody knows whether the commit is on disk, and the next flush on this connection would lie.
 * The only honest way on is to stop, start again and look.
 * @throws StoreError `commit_unknown`; `store_full` when it is certain that nothing was stored
 */
export function commitOrStop<T>(transact: Transact, work: () => T, freeSpace: () => boolean): T {
  try {
    return transact(work);
  } catch (cause) {
    // A full disk is no I/O error: what did not fit is not there, so it can be done once more.
    const isFull = cause instanceof Database.SqliteError && cause.code === 'SQLITE_FULL';
    if (isFull && freeSpace()) return commitOrStop(transact, work, () => false);
    if (isFull) {
      const message =
        'The disk is full: nothing was stored. Clear the disk of this computer, and weigh again.';
      throw new StoreError('store_full', message, { cause });
    }
    const unknown =
      cause instanceof Database.SqliteError && /^SQLITE_(IOERR|CORRUPT|NOTADB|READONLY)/.test(cause.code);
    if (!unknown) throw cause;
    throw new StoreError(
      'commit_unknown',
      'It is not known whether the weighing was stored. Keep the truck where it is; the agent restarts and looks.',
      { cause },
    );
  }
}
