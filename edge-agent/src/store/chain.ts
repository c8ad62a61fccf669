import { genesisHash, type JournalRow, journalClaimOf } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { DeviceKey } from './device-key.ts';

/** The last entry of a chain; seq 0 and the genesis hash while it is empty. */
export interface Head {
  seq: number;
  hash: string;
}

/** An entry as it is stored. */
export interface StoredRow {
  seq: number;
  kind: string;
  hash: string;
  entryText: string;
}

/** One life's entries, for reading. */
export interface Chain {
  head(): Head;
  /** Rows after `seq`, oldest first, at most `maxRows` and about `maxBytes`; always one when there is one. */
  rowsAfter(seq: number, maxRows: number, maxBytes: number): JournalRow[];
  /** The chain's hash at `seq`; undefined when it has no such entry. */
  hashAt(seq: number): string | undefined;
}

/** A chain whose entries can also be read unsigned: signing takes as long as all the rest. */
interface StoredChain extends Chain {
  storedAfter(seq: number, maxRows: number, maxBytes: number): StoredRow[];
}

/** Whose chain, and where in the journal: `base` is the position before its first entry. */
export interface ChainPlace {
  device: string;
  incarnation: string;
  base: number;
}

/** Reads chains of the journal; `place` may name another one at every call. */
export function chainReader(database: Database.Database, key: DeviceKey): (place: ChainPlace) => StoredChain {
  const selectHead = database.prepare<[number, string], Head>(`
    SELECT seq, hash FROM journal
    WHERE position > ? AND position <= coalesce(
      (SELECT min(base) FROM lives WHERE life > (SELECT life FROM lives WHERE incarnation = ?)), 9223372036854775807)
    ORDER BY position DESC LIMIT 1
  `);
  const selectAfter = database.prepare<[number, number], { incarnation: string } & StoredRow>(`
    SELECT incarnation, seq, kind, hash, entry_text AS entryText FROM journal WHERE position > ? ORDER BY position LIMIT ?
  `);
  const selectHash = database
    .prepare<[number, string], string>('SELECT hash FROM journal WHERE position = ? AND incarnation = ?')
    .pluck();

  return ({ device, incarnation, base }) => {
    const genesis: Head = { seq: 0, hash: genesisHash(device, incarnation) };
    function storedAfter(seq: number, maxRows: number, maxBytes: number): StoredRow[] {
      const rows: StoredRow[] = [];
      let bytes = 0;
      for (const { incarnation: life, ...stored } of selectAfter.iterate(base + seq, maxRows)) {
        if (life !== incarnation) break;
        bytes += Buffer.byteLength(stored.entryText);
        if (rows.length > 0 && bytes > maxBytes) break;
        rows.push(stored);
      }
      return rows;
    }
    return {
      storedAfter,
      head: () => selectHead.get(base, incarnation) ?? genesis,
      hashAt: (seq) => (seq === 0 ? genesis.hash : selectHash.get(base + seq, incarnation)),
      rowsAfter: (seq, maxRows, maxBytes) =>
        storedAfter(seq, maxRows, maxBytes).map((stored) => ({
          seq: stored.seq,
          hash: stored.hash,
          entry: stored.entryText,
          signature: key.sign(journalClaimOf(incarnation, stored)),
        })),
    };
  };
}
