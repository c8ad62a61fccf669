import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isOnReadOnlyDisk, openCopyForReading } from './read-only-copy.ts';
import { schemaVersions } from './schema.ts';
import { StoreError } from './store-error.ts';

/** Marks the file as ours: "WGHT". */
export const APPLICATION_ID = 0x57474854;
const SYNCHRONOUS_FULL = 2;

/** The database file inside a data folder. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'journal.db');
}

/**
 * Opens the database for writing: WAL with a flush on every commit, the schema brought up to date, durability proven.
 * @throws StoreError `store_newer` when a newer version of this program wrote it, `store_not_durable` when a commit
 *   would not be flushed, `store_damaged` when its pages are not whole, `store_unusable` when it is no database of ours
 */
export function openDatabase(dataDir: string): Database.Database {
  using undo = new DisposableStack();
  try {
    mkdirSync(dataDir, { recursive: true });
    const database = undo.adopt(new Database(databasePath(dataDir)), (opened) => void opened.close());
    setDurable(database);
    assertUndamaged(database);
    bringUpToDate(database);
    assertDurable(database);
    undo.move();
    return database;
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    if (isDamage(cause)) throw damaged(databasePath(dataDir), cause.message, cause);
    const message = `${databasePath(dataDir)} cannot be used: ${(cause as Error).message}. Restore a backup, or use another dataDir.`;
    throw new StoreError('store_unusable', message, { cause });
  }
}

/**
 * Opens an existing database for reading beside a running agent; on a read-only disk, a copy of it.
 * @throws StoreError `store_unusable` when there is none
 */
export function openDatabaseReadOnly(dataDir: string): Database.Database {
  const path = databasePath(dataDir);
  try {
    return openInPlace(path);
  } catch (cause) {
    if (existsSync(path) && isOnReadOnlyDisk(dataDir)) return openCopyForReading(path);
    const what = existsSync(path) ? 'The journal cannot be read' : 'There is no journal to read';
    const message = `${what} at ${path}: ${(cause as Error).message}.`;
    throw new StoreError('store_unusable', message, { cause });
  }
}

function openInPlace(path: string): Database.Database {
  using undo = new DisposableStack();
  const database = new Database(path, { readonly: true, fileMustExist: true });
  undo.defer(() => database.close());
  database.pragma('busy_timeout = 5000');
  // Only reading shows whether it can be read.
  database.prepare('SELECT count(*) FROM sqlite_schema').get();
  undo.move();
  return database;
}

/** The version of the schema in a data folder; 0 when there is no database yet, or none of ours. */
export function schemaVersionIn(dataDir: string): number {
  if (!existsSync(databasePath(dataDir))) return 0;
  try {
    const database = new Database(databasePath(dataDir), { readonly: true, fileMustExist: true });
    try {
      return database.pragma('user_version', { simple: true }) as number;
    } finally {
      database.close();
    }
  } catch {
    // Whoever opens it for writing is told what is wrong with it.
    return 0;
  }
}

/**
 * Durable settings belong to the connection, not to the file: every connection that writes sets them.
 * better-sqlite3 is built to run WAL at NORMAL, which loses acknowledged commits at a power cut.
 */
export function setDurable(database: Database.Database): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // Without it INSERT OR REPLACE would delete a row past the triggers that forbid deleting.
  database.pragma('recursive_triggers = ON');
  database.pragma('busy_timeout = 5000');
  database.pragma('trusted_schema = OFF');
  database.pragma('cell_size_check = ON');
  // The log is checkpointed at 8 MB and never cut below 16 MB: cut, it would have to grow anew with every commit.
  database.pragma('wal_autocheckpoint = 2000');
  database.pragma('journal_size_limit = 16777216');
  database.pragma('temp_store = MEMORY');
  // 4 MB hold what every weighing touches. The 16 MB that better-sqlite3 allows would fill up with old pages in time.
  database.pragma('cache_size = -4096');
}

function bringUpToDate(database: Database.Database): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  const applicationId = database.pragma('application_id', { simple: true });
  const isEmpty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (!isEmpty && applicationId !== APPLICATION_ID) throw new Error('it is the database of another program');
  if (version > schemaVersions.length) {
    throw new StoreError(
      'store_newer',
      `${database.name} was written by a newer version (schema ${version}, this program knows ${schemaVersions.length}). ` +
        'Start that version, or restore a backup made by this one.',
    );
  }
  if (version === schemaVersions.length) return;
  // A table that others refer to is made anew while they do. The pragma does nothing within a transaction.
  database.pragma('foreign_keys = OFF');
  database.transaction(() => {
    for (const text of schemaVersions.slice(version)) database.exec(text);
    assertReferencesHold(database);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${schemaVersions.length}`);
  })();
  database.pragma('foreign_keys = ON');
}

function assertReferencesHold(database: Database.Database): void {
  const [broken] = database.pragma('foreign_key_check') as { table: string; parent: string }[];
  if (broken !== undefined)
    throw new Error(`after bringing it up to date, ${broken.table} names what is not in ${broken.parent}`);
}

/** Looks at every page: what a weighing would be written into must be whole. About half a second for a gigabyte. */
function assertUndamaged(database: Database.Database): void {
  const words = String(database.pragma('quick_check(1)', { simple: true }));
  // SQLite says first which database it means.
  if (words !== 'ok') throw damaged(database.name, words.split('\n').at(-1) ?? words);
}

function isDamage(error: unknown): error is InstanceType<typeof Database.SqliteError> {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

function damaged(path: string, words: string, cause?: unknown): StoreError {
  const message =
    `The database ${path} is damaged (${words}). Nothing in it was changed and nothing is weighed. Run ` +
    '"npm run edge -- repair": it keeps the damaged file aside and goes on from the last good backup.';
  return new StoreError('store_damaged', message, { cause });
}

/** Reads the settings back after a write: before the first write SQLite reports FULL even where it is not in force. */
function assertDurable(database: Database.Database): void {
  database.pragma(`user_version = ${schemaVersions.length}`);
  const journalMode = database.pragma('journal_mode', { simple: true });
  const synchronous = database.pragma('synchronous', { simple: true });
  if (journalMode !== 'wal' || synchronous !== SYNCHRONOUS_FULL) {
    throw new StoreError(
      'store_not_durable',
      `${database.name} cannot be kept durably here (journal_mode ${journalMode}, synchronous ${synchronous}). ` +
        'Put the data folder on a local disk.',
    );
  }
}
