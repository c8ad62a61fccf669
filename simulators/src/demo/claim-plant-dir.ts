import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** The folder is in use by another plant. `message` says by which process and what to do. */
export class PlantDirError extends Error {
  override readonly name = 'PlantDirError';
  readonly code = 'plant_dir_in_use';
}

/**
 * Makes sure that one plant at a time runs in a folder. The lock is the operating system's, held through SQLite: it is
 * gone the moment the process is, however it died.
 * @param dir must exist
 * @throws PlantDirError when another process has claimed it
 */
export function claimPlantDir(dir: string, processId: number): Disposable {
  const pidFile = join(dir, 'plant.pid');
  const lock = new Database(join(dir, 'plant.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (!(cause instanceof Database.SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause;
    throw new PlantDirError(
      `Weighgate is running in ${dir} already${holderOf(pidFile)}. Stop that one, or keep this one elsewhere with --data DIR.`,
      { cause },
    );
  }
  writeFileSync(pidFile, `${processId}\n`);
  return { [Symbol.dispose]: () => void lock.close() };
}

function holderOf(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8').trim()})`;
  } catch {
    // The other one has not written its number yet: the message does without.
    return '';
  }
}
