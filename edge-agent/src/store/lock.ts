import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

/**
 * Makes sure that one agent at a time uses a data folder. The lock is the operating system's, held through SQLite on a
 * file of its own: it is gone the moment the process is, however it died.
 * @throws StoreError `store_locked`, naming the process that holds it; `store_unusable` when the folder cannot be used
 */
export function lockDataDir(dataDir: string, processId: number): Disposable {
  const pidFile = join(dataDir, 'agent.pid');
  using undo = new DisposableStack();
  try {
    mkdirSync(dataDir, { recursive: true });
    const lock = undo.adopt(
      new Database(join(dataDir, 'agent.lock'), { timeout: 0 }),
      (db) => void db.close(),
    );
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${processId}\n`);
  } catch (cause) {
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) {
      const message = `${dataDir} is in use by another agent${holder(pidFile)}. Stop that one first.`;
      throw new StoreError('store_locked', message, { cause });
    }
    const message = `The data folder ${dataDir} cannot be used: ${(cause as Error).message}.`;
    throw new StoreError('store_unusable', message, { cause });
  }
  return undo.move();
}

function holder(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8').trim()})`;
  } catch {
    // The other agent has not written its number yet: the message does without.
    return '';
  }
}
