import { copyFileSync, existsSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';

/** Memory first: where one disk of a computer is read-only, another may be too. */
const PLACES = ['/dev/shm', tmpdir()];

/** Whether nothing can be made in a folder because its disk is read-only. */
export function isOnReadOnlyDisk(folder: string): boolean {
  try {
    rmdirSync(mkdtempSync(join(folder, 'write-probe-')));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

/**
 * Opens a copy of a database together with its log. SQLite cannot read a database with a log on a read-only disk: it has
 * to make an index beside it. Only for a disk that nobody can write, or the copy would be torn. The copy is gone with the
 * connection.
 */
export function openCopyForReading(path: string): Database.Database {
  const folder = mkdtempSync(join(PLACES.find((place) => existsSync(place)) ?? tmpdir(), 'weighgate-read-'));
  try {
    const copy = join(folder, basename(path));
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    const database = new Database(copy, { fileMustExist: true });
    // Reading opens the log and its index: from then on the connection needs the files' names no more.
    database.pragma('query_only = ON');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
