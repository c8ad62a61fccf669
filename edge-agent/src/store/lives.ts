import assert from 'node:assert/strict';
import {
  type CarriedEntry,
  type Clock,
  genesisHash,
  isoInstant,
  type MakeId,
  readEntry,
  type Uuid,
} from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { type Chain, chainReader, type StoredRow } from './chain.ts';
import type { DeviceKey } from './device-key.ts';
import { type Identity, refreshIdentity } from './identity.ts';
import type { Journal } from './journal.ts';
import type { SignedHeadFile } from './signed-head.ts';
import { StoreError } from './store-error.ts';

/** One life of the database, and its chain. */
export interface Life extends Chain {
  incarnation: Uuid;
  bornAt: string;
  /** The life it goes on from, and the last entry the two share; null for a first life. */
  parent: { incarnation: Uuid; seq: number } | null;
  /** The last entry it shares with the cloud, once the two were found to differ; null otherwise. */
  partedAfter: number | null;
}

export interface Lives {
  /** Every life in order of birth; the last is the present one. */
  all(): Life[];
  /**
   * Closes a life whose chain is not the cloud's: a new one begins when it was the present one, and everything after
   * `agreedSeq` is carried over into the present one, as it stands, in one transaction. Of a life that has parted before,
   * only what has not been carried over yet.
   * @param agreedSeq the last entry that both sides are known to share
   * @returns how many entries were carried over
   * @throws StoreError when it could not be stored; everything is then as it was
   */
  part(incarnation: Uuid, agreedSeq: number): number;
}

export interface LivesParts {
  identity: Identity;
  journal: Journal;
  key: DeviceKey;
  headFile: SignedHeadFile;
  clock: Clock;
  makeId: MakeId;
}

interface LifeRow {
  incarnation: Uuid;
  bornAt: string;
  parentIncarnation: Uuid | null;
  parentSeq: number | null;
  base: number;
  partedAfter: number | null;
}

/** Entries read at a time, so that a long chain is not held in memory. */
const CARRY_ROWS = 500;
const CARRY_BYTES = 8 * 1024 * 1024;

export function openLives(
  database: Database.Database,
  { identity, journal, key, headFile, clock, makeId }: LivesParts,
): Lives {
  const chainOf = chainReader(database, key);
  const selectLives = database.prepare<[], LifeRow>(`
    SELECT incarnation, born_at AS bornAt, parent_incarnation AS parentIncarnation, parent_seq AS parentSeq, base,
           parted_after AS partedAfter
    FROM lives ORDER BY life
  `);
  const markParted = database.prepare('UPDATE lives SET parted_after = ? WHERE incarnation = ?');
  const updateIdentity = database.prepare(`
    UPDATE identity SET incarnation = ?, born_at = ?, parent_incarnation = ?, parent_seq = ?
  `);

  function lifeOf({ parentIncarnation, parentSeq, base, ...row }: LifeRow) {
    const parent =
      parentIncarnation === null || parentSeq === null
        ? null
        : { incarnation: parentIncarnation, seq: parentSeq };
    const { device } = identity;
    return { ...row, parent, ...chainOf({ device, incarnation: row.incarnation, base }) };
  }

  const storedLives = () => selectLives.all().map(lifeOf);

  function part(incarnation: Uuid, agreedSeq: number): number {
    const parting = storedLives().find((life) => life.incarnation === incarnation);
    assert(parting !== undefined, `${incarnation} is no life of this database`);
    const lastSeq = parting.partedAfter ?? parting.head().seq;
    if (parting.partedAfter !== null && agreedSeq >= lastSeq) return 0;
    const born = incarnation === identity.incarnation ? makeId() : null;
    const bornAt = isoInstant(clock.now());
    // Before the commit: should the process end between the two, a head at 0 claims nothing of another life.
    if (born !== null) {
      headFile.keep({ incarnation: born, seq: 0, hash: genesisHash(identity.device, born) }, true);
    }
    try {
      return journal.commit(() => {
        markParted.run(agreedSeq, incarnation);
        if (born !== null) {
          updateIdentity.run(born, bornAt, incarnation, agreedSeq);
          refreshIdentity(database, identity);
        }
        return carry(parting, agreedSeq, lastSeq);
      });
    } catch (error) {
      // Where it is not known what is on disk, nothing can be read back either: the process ends and looks.
      if (error instanceof StoreError && error.code === 'commit_unknown') throw error;
      refreshIdentity(database, identity);
      headFile.keep({ incarnation: identity.incarnation, ...journal.head() }, true);
      throw error;
    }
  }

  function carry(from: ReturnType<typeof lifeOf>, agreedSeq: number, lastSeq: number): number {
    let previous = { seq: agreedSeq, hash: from.hashAt(agreedSeq) };
    let carried = 0;
    while (previous.seq < lastSeq) {
      const maxRows = Math.min(CARRY_ROWS, lastSeq - previous.seq);
      const rows = from.storedAfter(previous.seq, maxRows, CARRY_BYTES);
      assert(rows.length > 0, `${from.incarnation} has no entry after ${previous.seq}`);
      for (const row of rows) {
        assert(previous.hash !== undefined, `${from.incarnation} has no entry ${previous.seq}`);
        journal.append({ kind: 'entry.carried', body: carriedOf(from.incarnation, previous.hash, row) });
        previous = row;
        carried += 1;
      }
    }
    return carried;
  }

  return { all: storedLives, part };
}

/** What was carried before is carried again as it first was. */
function carriedOf(
  incarnation: Uuid,
  previousHash: string,
  { seq, kind, hash, entryText }: StoredRow,
): CarriedEntry {
  const reading = kind === 'entry.carried' ? readEntry(entryText) : null;
  if (reading?.kind === 'known' && reading.entry.kind === 'entry.carried') return reading.entry.body;
  return { incarnation, seq, previousHash, hash, entryText };
}
