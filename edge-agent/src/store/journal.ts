import assert from 'node:assert/strict';
import {
  type ChainWalk,
  type Clock,
  chainHash,
  type EntryContent,
  type EntryTime,
  genesisHash,
  type JournalEntry,
  journalClaimOf,
  type MakeId,
  type Stamp,
  stampedKinds,
  type Uuid,
  walkChain,
} from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { type Chain, chainReader, type Head } from './chain.ts';
import type { DeviceKey } from './device-key.ts';
import { entryReader } from './entry-reader.ts';
import type { Identity } from './identity.ts';
import { parseNewEntry } from './parse-new-entry.ts';
import { StoreError } from './store-error.ts';

/** When something was, by both clocks. */
export type Moment = Pick<EntryTime, 'wallMs' | 'bootId' | 'monoMs'>;

export interface Journal extends Chain {
  /**
   * Appends one entry. Must run inside the transaction of whatever it records.
   * @param uuid the id of the fact it records, when that has one
   * @param at when its body was counted up to; now, when it is left out
   */
  append(content: EntryContent, uuid?: Uuid, at?: Moment): JournalEntry;
  /** Now, by both clocks. */
  moment(): Moment;
  /** Runs `work`; every entry it appends of a kind that carries a stamp gets this one. */
  stamped<T>(stamp: Stamp, work: () => T): T;
  /** Told after each commit that appended. */
  onAppended(listener: (headSeq: number) => void): void;
  /** Reads one entry back. @throws RecordCorruptError when it is not what was stored */
  entry(uuid: string): JournalEntry | undefined;
  /** Vouches for everything so far with an entry; does nothing when the last entry does so already. */
  checkpoint(reason: 'start' | 'day' | 'count'): void;
  /** Walks the whole chain from its genesis. */
  verify(): ChainWalk;
  /** Runs `work` as one durable transaction and then tells the listeners. */
  commit<T>(work: () => T): T;
}

export interface JournalParts {
  clock: Clock;
  makeId: MakeId;
  /** The machine's boot, so that monotonic times of one boot can be compared. */
  bootId: string;
  key: DeviceKey;
  /** Makes room on a full disk; false when there is nothing more to give up. */
  freeSpace?: () => boolean;
  /** How far the wall clock can be trusted now. */
  clockState?: () => EntryTime['clock'];
}

interface StoredRow {
  seq: number;
  hash: string;
  entryText: string;
}

/** Runs work as one transaction that may write from its beginning. */
type Transact = <T>(work: () => T) => T;

/** The present life of the database: its chain, and the position before its first entry. */
interface PresentLife {
  incarnation: Uuid;
  genesis: Head;
  base: number;
  chain: Chain;
}

/**
 * The journal of the present life: append-only, chained over the very text it stores. It follows `identity` into a new
 * life when that changes within a commit.
 */
export function openJournal(
  database: Database.Database,
  identity: Identity,
  { clock, makeId, bootId, key, freeSpace = () => false, clockState = () => 'unknown' }: JournalParts,
): Journal {
  const { device } = identity;
  const chainOf = chainReader(database, key);
  const selectLast = database.prepare<[], Head & { position: number; incarnation: string }>(`
    SELECT position, incarnation, seq, hash FROM journal ORDER BY position DESC LIMIT 1
  `);
  const selectHead = database.prepare<[number], Head>(`
    SELECT seq, hash FROM journal WHERE position > ? ORDER BY position DESC LIMIT 1
  `);
  const insertEntry = database.prepare(`
    INSERT INTO journal (position, incarnation, seq, uuid, kind, entry_text, hash) VALUES (?, ?, ?, ?, ?, ?, ?)
  `);
  const selectKind = database
    .prepare<[number], string>('SELECT kind FROM journal WHERE position = ?')
    .pluck();
  const selectAll = database.prepare<[number], StoredRow>(`
    SELECT seq, hash, entry_text AS entryText FROM journal WHERE position > ? ORDER BY position
  `);
  /** Made once: better-sqlite3 builds four functions each time it is asked for a transaction. */
  const transact = database.transaction((work: () => unknown) => work()).immediate as Transact;
  const listeners: ((headSeq: number) => void)[] = [];
  let appended = false;

  /** The life and the head as last read or appended; null when a transaction came to nothing and they must be read. */
  let knownLife: PresentLife | null = null;
  let knownHead: Head | null = null;

  function present(): PresentLife {
    const { incarnation } = identity;
    if (knownLife?.incarnation === incarnation) return knownLife;
    const last = selectLast.get();
    const base = last === undefined ? 0 : last.position - (last.incarnation === incarnation ? last.seq : 0);
    const genesis: Head = { seq: 0, hash: genesisHash(device, incarnation) };
    knownLife = { incarnation, genesis, base, chain: chainOf({ device, incarnation, base }) };
    knownHead = null;
    return knownLife;
  }

  function head(): Head {
    const { base, genesis } = present();
    knownHead ??= selectHead.get(base) ?? genesis;
    return knownHead;
  }

  function forget(): void {
    knownLife = null;
    knownHead = null;
    appended = false;
  }

  /** Who acts now. Work under a stamp runs to its end before anything else does. */
  let actor: Stamp | null = null;

  const moment = (): Moment => ({
    wallMs: clock.now(),
    bootId,
    monoMs: Math.floor(clock.monotonicMs()),
  });

  function append(content: EntryContent, uuid = makeId(), at = moment()): JournalEntry {
    assert(database.inTransaction, 'an entry is appended inside the transaction of what it records');
    const { incarnation, base } = present();
    const previous = head();
    const seq = previous.seq + 1;
    const entry = parseNewEntry({
      v: 1,
      schema: 1,
      uuid,
      device,
      incarnation,
      seq,
      at: { ...at, clock: clockState() },
      kind: content.kind,
      body: actor !== null && stampedKinds.has(content.kind) ? { ...content.body, ...actor } : content.body,
    });
    const entryText = JSON.stringify(entry);
    const hash = chainHash(previous.hash, entryText);
    insertEntry.run(base + seq, incarnation, seq, entry.uuid, entry.kind, entryText, hash);
    knownHead = { seq, hash };
    appended = true;
    return entry;
  }

  function commit<T>(work: () => T): T {
    // What is committed within a commit is committed with it.
    if (database.inTransaction) return work();
    appended = false;
    let result: T;
    try {
      result = commitOrStop(transact, work, () => {
        forget();
        return freeSpace();
      });
    } catch (error) {
      forget();
      throw error;
    }
    if (appended) for (const listener of listeners) listener(head().seq);
    return result;
  }

  function stamped<T>(stamp: Stamp, work: () => T): T {
    assert(actor === null, 'an act has one actor');
    actor = stamp;
    try {
      const result = work();
      assert(!(result instanceof Promise), 'an act does not wait: another would get its stamp');
      return result;
    } finally {
      actor = null;
    }
  }

  return {
    head,
    append,
    moment,
    stamped,
    onAppended: (listener) => {
      listeners.push(listener);
    },
    rowsAfter: (...bounds) => present().chain.rowsAfter(...bounds),
    hashAt: (seq) => present().chain.hashAt(seq),
    entry: entryReader(database),
    checkpoint: (reason) =>
      commit(() => {
        const { seq, hash } = head();
        const { incarnation, base } = present();
        if (seq === 0 || selectKind.get(base + seq) === 'journal.checkpoint') return;
        const signature = key.sign(journalClaimOf(incarnation, { seq, hash }));
        const { publicKey } = key;
        append({ kind: 'journal.checkpoint', body: { reason, head: { seq, hash }, publicKey, signature } });
      }),
    verify: () => {
      const { base, genesis } = present();
      return walkChain(selectAll.iterate(base), genesis);
    },
    commit,
  };
}

/**
 * After an I/O error nobody knows whether the commit is on disk, and the next flush on this connection would lie.
 * The only honest way on is to stop, start again and look.
 * @throws StoreError `commit_unknown`; `store_full` when it is certain that nothing was stored
 */
function commitOrStop<T>(transact: Transact, work: () => T, freeSpace: () => boolean): T {
  try {
    return transact(work);
  } catch (cause) {
    // A full disk is no I/O error: what did not fit is not there, so it can be done once more.
    const isFull = cause instanceof Database.SqliteError && cause.code === 'SQLITE_FULL';
    if (isFull && freeSpace()) return commitOrStop(transact, work, () => false);
    if (isFull) {
      const message =
        'The disk is full: nothing was stored. Clear the disk of this computer, and weigh again.';
      throw new StoreError('store_full', message, { cause });
    }
    const unknown =
      cause instanceof Database.SqliteError && /^SQLITE_(IOERR|CORRUPT|NOTADB|READONLY)/.test(cause.code);
    if (!unknown) throw cause;
    throw new StoreError(
      'commit_unknown',
      'It is not known whether the weighing was stored. Keep the truck where it is; the agent restarts and looks.',
      { cause },
    );
  }
}
