import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hashFollows } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { databasePath } from './open-database.ts';

interface SalvagedRow {
  position: number;
  hash: string;
  entryText: string;
}

/** Where SQLite keeps the size of a page and the number of pages in the first of them. */
const PAGE_SIZE_AT = 16;
const PAGE_COUNT_AT = 28;
const HEADER_BYTES = 32;

/**
 * Reads what can still be read of a damaged journal and writes the entries whose hash proves them into `salvaged.jsonl`
 * beside it: evidence for people. The damaged database itself is not touched.
 * @returns how many entries that were
 */
export function salvageEntries(keptIn: string): number {
  const path = databasePath(keptIn);
  const copy = join(keptIn, 'salvaging.db');
  try {
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    fillUp(copy);
    const rows = readableRows(copy);
    const proven = [...rows.values()].filter(({ position, entryText, hash }) => {
      const before = rows.get(position - 1);
      return before !== undefined && hashFollows(before.hash, entryText, hash);
    });
    if (proven.length > 0)
      writeFileSync(join(keptIn, 'salvaged.jsonl'), proven.map(({ entryText }) => `${entryText}\n`).join(''));
    return proven.length;
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(`${copy}${ending}`, { force: true });
  }
}

/** Gives a file that was cut off its length back: SQLite opens none that is shorter than it says. */
function fillUp(path: string): void {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  const bytes = header.readUInt16BE(PAGE_SIZE_AT) * header.readUInt32BE(PAGE_COUNT_AT);
  if (bytes > statSync(path).size) truncateSync(path, bytes);
}

/** Walks from both ends until the damage stops it. */
function readableRows(path: string): Map<number, SalvagedRow> {
  const rows = new Map<number, SalvagedRow>();
  for (const order of ['ASC', 'DESC']) {
    try {
      const database = new Database(path, { fileMustExist: true });
      try {
        const walk = database
          .prepare<[], SalvagedRow>(
            `SELECT position, hash, entry_text AS entryText FROM journal ORDER BY position ${order}`,
          )
          .iterate();
        for (const row of walk) {
          if (rows.has(row.position)) break;
          rows.set(row.position, row);
        }
      } finally {
        database.close();
      }
    } catch (error) {
      // Here the damage begins; what was read before it stands.
      if (!(error instanceof Database.SqliteError)) throw error;
    }
  }
  return rows;
}
