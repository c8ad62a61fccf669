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
  type RegisteredWeight,
  type Stamp,
  sourceOf,
  stampedKinds,
  type Uuid,
  walkChain,
} from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { type Chain, chainReader, type Head } from './chain.ts';
import { commitOrStop, type Transact } from './commit-or-stop.ts';
import type { DeviceKey } from './device-key.ts';
import { entryReader } from './entry-reader.ts';
import type { Identity } from './identity.ts';
import { parseNewEntry } from './parse-new-entry.ts';
import type { TicketNumber } from './ticket-numbers.ts';

/** When something was, by both clocks. */
export type Moment = Pick<EntryTime, 'wallMs' | 'bootId' | 'monoMs'>;

export interface Journal extends Chain {
  /**
   * Appends one entry. Must run inside the transaction of whatever it records.
   * @param uuid the id of the fact it records, when that has one
   * @param at when its body was counted up to; now, when it is left out
   */
  append(content: EntryContent, uuid?: Uuid, at?: Moment): JournalEntry;
  /**
   * Appends the entry of a weighing, whose id is that of its weight, with what is shown of it. The session must name it
   * already. Must run inside the transaction of the weighing.
   */
  appendWeighing(content: EntryContent, shown: ShownWeighing): JournalEntry;
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

/** What is shown of a weighing, beside its entry. */
export interface ShownWeighing {
  sessionId: Uuid;
  direction: 'in' | 'out' | 'single';
  weight: RegisteredWeight;
  containers: readonly string[];
  ticket: TicketNumber;
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
  const insertWeighing = database.prepare(`
    INSERT INTO journal
      (position, incarnation, seq, uuid, kind, entry_text, hash,
       session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at, source,
       manual_operator, manual_reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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

  function append(content: EntryContent, uuid: Uuid, at: Moment, shown: ShownWeighing | null): JournalEntry {
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
    const position = base + seq;
    if (shown === null) insertEntry.run(position, incarnation, seq, uuid, entry.kind, entryText, hash);
    else {
      const { sessionId, direction, weight, containers, ticket } = shown;
      insertWeighing.run(
        position,
        incarnation,
        seq,
        uuid,
        entry.kind,
        entryText,
        hash,
        sessionId,
        weight.scaleId,
        direction,
        weight.grossG,
        JSON.stringify(containers),
        ticket.series,
        ticket.number,
        weight.registeredAt,
        sourceOf(weight),
        weight.manual?.operator ?? null,
        weight.manual?.reason ?? null,
      );
    }
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
    append: (content, uuid = makeId(), at = moment()) => append(content, uuid, at, null),
    appendWeighing: (content, shown) => append(content, shown.weight.weightId, moment(), shown),
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
        const body = { reason, head: { seq, hash }, publicKey, signature };
        append({ kind: 'journal.checkpoint', body }, makeId(), moment(), null);
      }),
    verify: () => {
      const { base, genesis } = present();
      return walkChain(selectAll.iterate(base), genesis);
    },
    commit,
  };
}
