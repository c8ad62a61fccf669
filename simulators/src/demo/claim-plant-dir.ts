import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import Database from 'better-sqlite3';

/** The folder cannot be used, or another plant runs in it. `message` says why and what to do. */
export class PlantDirError extends Error {
  override readonly name = 'PlantDirError';
  readonly code: 'plant_dir_in_use' | 'plant_dir_unusable';

  constructor(code: PlantDirError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** A plant that was just told to stop, or whose launcher was killed, is gone by then. */
const WAIT_MS = 4_000;
const POLL_MS = 50;

/**
 * Makes sure that one plant at a time runs in a folder; waits a little for one that is stopping. The lock is the
 * operating system's, held through SQLite: it is gone the moment the process is, however it died.
 * @param dir made when missing
 * @throws PlantDirError when it cannot be made or written, or another process keeps it
 */
export async function claimPlantDir(
  dir: string,
  processId: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Disposable> {
  makeDir(dir);
  const deadlineMs = clock.monotonicMs() + WAIT_MS;
  for (;;) {
    try {
      return claimNow(dir, processId);
    } catch (error) {
      if (!isInUse(error) || clock.monotonicMs() > deadlineMs) throw error;
    }
    await clock.sleep(POLL_MS, signal);
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof PlantDirError && error.code === 'plant_dir_in_use';
}

function makeDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new PlantDirError(
      'plant_dir_unusable',
      `Nothing can be kept in ${dir} (${why}). Choose another folder with --data DIR.`,
      cause,
    );
  }
}

function claimNow(dir: string, processId: number): Disposable {
  const pidFile = join(dir, 'plant.pid');
  const lock = new Database(join(dir, 'plant.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (!(cause instanceof Database.SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause;
    throw new PlantDirError(
      'plant_dir_in_use',
      `Weighgate is running in ${dir} already${holderOf(pidFile)}. Stop that one, or keep this one elsewhere with --data DIR.`,
      cause,
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
