import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

/**
 * Makes sure that one agent at a time uses a data folder. The lock is the operating system's, held through SQLite on a
 * file of its own: it is gone the moment the process is, however it died.
 * @throws StoreError `store_locked`, naming the process that holds it
 */
export function lockDataDir(dataDir: string, processId: number): Disposable {
  mkdirSync(dataDir, { recursive: true });
  const pidFile = join(dataDir, 'agent.pid');
  const lock = new Database(join(dataDir, 'agent.lock'), { timeout: 0 });
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new StoreError(
      'store_locked',
      `${dataDir} is in use by another agent${holder(pidFile)}. Stop that one first.`,
      {
        cause,
      },
    );
  }
  writeFileSync(pidFile, `${processId}\n`);
  return { [Symbol.dispose]: () => void lock.close() };
}

function holder(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8').trim()})`;
  } catch {
    // The other agent has not written its number yet: the message does without.
    return '';
  }
}
