import { genesisHash, hashFollows, type JournalEntry, readEntry } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { RecordCorruptError } from './record-corrupt.ts';

interface StoredEntry {
  position: number;
  seq: number;
  hash: string;
  entryText: string;
}

/**
 * Reads entries back, each proven against its own hash and the one before: a flipped bit is not shown as a weight.
 * @returns the entry with that id, or undefined; it throws RecordCorruptError when it is not what was stored
 */
export function entryReader(database: Database.Database): (uuid: string) => JournalEntry | undefined {
  const selectEntry = database.prepare<[string], StoredEntry>(
    'SELECT position, seq, hash, entry_text AS entryText FROM journal WHERE uuid = ?',
  );
  const selectHash = database
    .prepare<[number], string>('SELECT hash FROM journal WHERE position = ?')
    .pluck();
  return (uuid) => {
    const row = selectEntry.get(uuid);
    if (row === undefined) return undefined;
    const what = `entry ${row.seq}`;
    // The entry may be of an earlier life of this database, whose genesis is in its own first text.
    const before = row.seq === 1 ? genesisOf(row.entryText) : selectHash.get(row.position - 1);
    if (before === undefined || !hashFollows(before, row.entryText, row.hash))
      throw new RecordCorruptError(what, 'its hash does not follow from the entry before and its text');
    const reading = readEntry(row.entryText);
    if (reading.kind !== 'known' || reading.entry.uuid !== uuid || reading.entry.seq !== row.seq)
      throw new RecordCorruptError(what, 'it is another entry than its place says');
    return reading.entry;
  };
}

/** The hash before entry 1, by the names in its own text; undefined when it has none. */
function genesisOf(entryText: string): string | undefined {
  const reading = readEntry(entryText);
  if (reading.kind !== 'known') return undefined;
  return genesisHash(reading.entry.device, reading.entry.incarnation);
}
