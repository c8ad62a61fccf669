import { idMaker, isSigned, journalClaimOf, readEntry } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openDeviceKey } from './device-key.ts';
import { identityOf } from './identity.ts';
import { openJournal } from './journal.ts';
import { databasePath, openDatabase } from './open-database.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { verifyStore } from './verify-store.ts';

const tareSet = (tareG: number, container = 'C-1') =>
  ({ kind: 'container_tare.set', body: { container, tareG, previousTareG: null } }) as const;

/** A journal over a connection of the test's own. */
function openOwnJournal(dataDir: string, freeSpace = () => false) {
  const database = openDatabase(dataDir);
  const clock = virtualClock();
  const makeId = idMaker(clock);
  const identity = identityOf(database, { device: 'gate-1', site: 'DEMO' }, { clock, makeId });
  const journal = openJournal(database, identity, {
    clock,
    makeId,
    bootId: 'boot-1',
    key: openDeviceKey(dataDir),
    freeSpace,
  });
  return { database, journal, [Symbol.dispose]: () => void database.close() };
}

function fill(dataDir: string, entries: number): void {
  using store = openTestStore(dataDir);
  for (let tareG = 1; tareG <= entries; tareG += 1) store.containerTares.setTare('C-1', tareG);
}

/** Does what nobody may: the triggers dropped, through a plain connection. */
function tamper(dataDir: string, sql: string): void {
  const raw = new Database(databasePath(dataDir));
  raw.exec(`DROP TRIGGER journal_is_never_changed; DROP TRIGGER journal_is_never_shortened; ${sql}`);
  raw.close();
}

describe('the journal', () => {
  test('numbers entries without a gap and chains the very text it stores', () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    expect(store.journal.head().seq).toBe(0);
    for (const tareG of [1, 2, 3]) store.containerTares.setTare('C-1', tareG);
    const rows = store.journal.rowsAfter(0, 50, 1e6);
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    for (const { entry } of rows) expect(readEntry(entry)).toMatchObject({ kind: 'known' });
    expect(store.journal.verify()).toEqual({
      kind: 'intact',
      entries: 3,
      headHash: store.journal.head().hash,
    });
    expect(store.journal.hashAt(2)).toBe(rows[1]?.hash);
    expect(store.journal.hashAt(4)).toBeUndefined();
  });

  test('goes on where it was after it is opened again', () => {
    using folder = storeFolder();
    fill(folder.dataDir, 3);
    using store = openTestStore(folder.dataDir);
    expect(store.journal.head().seq).toBe(3);
    store.containerTares.setTare('C-1', 99);
    expect(store.journal.verify()).toMatchObject({ kind: 'intact', entries: 4 });
  });

  test.each([
    [
      'one bit of an entry flipped',
      'UPDATE journal SET entry_text = replace(entry_text, \'"tareG":3\', \'"tareG":2\') WHERE seq = 3',
      3,
      'wrong_hash',
    ],
    ['a hash replaced', `UPDATE journal SET hash = '${'0'.repeat(64)}' WHERE seq = 4`, 4, 'wrong_hash'],
    ['an entry deleted', 'DELETE FROM journal WHERE seq = 2', 2, 'missing_entry'],
    ['the first entry deleted', 'DELETE FROM journal WHERE seq = 1', 1, 'missing_entry'],
    [
      'two entries renumbered',
      'UPDATE journal SET seq = 99 WHERE seq = 2; UPDATE journal SET seq = 2 WHERE seq = 3; UPDATE journal SET seq = 3 WHERE seq = 99',
      2,
      'missing_entry',
    ],
    [
      'two entries swapped',
      `UPDATE journal SET position = 99, seq = 99 WHERE seq = 2;
       UPDATE journal SET position = 2, seq = 2 WHERE seq = 3;
       UPDATE journal SET position = 3, seq = 3 WHERE seq = 99`,
      2,
      'wrong_hash',
    ],
  ])('verification finds %s and names the first entry that is wrong', (_what, sql, brokenAtSeq, reason) => {
    using folder = storeFolder();
    fill(folder.dataDir, 5);
    tamper(folder.dataDir, sql);
    expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'broken', brokenAtSeq, reason });
    using store = openTestStore(folder.dataDir);
    expect(store.journal.verify()).toEqual({ kind: 'broken', brokenAtSeq, reason });
  });

  test('an entry put in without a place in the chain is found', () => {
    using folder = storeFolder();
    fill(folder.dataDir, 2);
    tamper(
      folder.dataDir,
      `INSERT INTO journal (position, incarnation, seq, uuid, kind, entry_text, hash)
       SELECT 3, incarnation, 3, 'forged', kind, entry_text, hash FROM journal WHERE seq = 2`,
    );
    expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'broken', brokenAtSeq: 3 });
  });

  test('gives rows by count and by bytes, and always one when there is one', () => {
    using folder = storeFolder();
    fill(folder.dataDir, 9);
    using store = openTestStore(folder.dataDir);
    const bytes = store.journal
      .rowsAfter(0, 2, 1e6)
      .reduce((total, { entry }) => total + Buffer.byteLength(entry), 0);
    expect(store.journal.rowsAfter(4, 3, 1e6).map(({ seq }) => seq)).toEqual([5, 6, 7]);
    expect(store.journal.rowsAfter(0, 50, bytes)).toHaveLength(2);
    expect(store.journal.rowsAfter(0, 50, bytes - 1)).toHaveLength(1);
    expect(store.journal.rowsAfter(0, 50, 1)).toHaveLength(1);
    expect(store.journal.rowsAfter(9, 50, 1e6)).toEqual([]);
    // Stopping early leaves the connection free to write.
    store.containerTares.setTare('C-2', 1);
  });

  test('tells of an entry after its commit, and of none that was rolled back', () => {
    using folder = storeFolder();
    using own = openOwnJournal(folder.dataDir);
    const heads: number[] = [];
    own.journal.onAppended((seq) => {
      heads.push(seq);
      expect(own.database.inTransaction).toBe(false);
    });
    own.journal.commit(() => own.journal.append(tareSet(1)));
    expect(() =>
      own.journal.commit(() => {
        own.journal.append(tareSet(2));
        throw new Error('refused after all');
      }),
    ).toThrow('refused after all');
    own.journal.commit(() => undefined);
    own.journal.commit(() => own.journal.append(tareSet(3)));
    expect(heads).toEqual([1, 2]);
    expect(own.journal.verify()).toMatchObject({ kind: 'intact', entries: 2 });
  });

  test('takes no entry outside a transaction, and none that does not fit its schema', () => {
    using folder = storeFolder();
    using own = openOwnJournal(folder.dataDir);
    expect(() => own.journal.append(tareSet(1))).toThrow(/inside the transaction/);
    expect(() => own.journal.commit(() => own.journal.append(tareSet(-1)))).toThrow();
    expect(own.journal.head().seq).toBe(0);
  });

  test('on a full disk says that nothing was stored, and what was there before is intact', () => {
    using folder = storeFolder();
    using own = openOwnJournal(folder.dataDir);
    own.journal.commit(() => own.journal.append(tareSet(1)));
    const pages = own.database.pragma('page_count', { simple: true });
    own.database.pragma(`max_page_count = ${pages}`);
    let entries = 1;
    const fillUp = () => {
      for (; entries < 1000; entries += 1) own.journal.commit(() => own.journal.append(tareSet(entries)));
    };
    expect(fillUp).toThrow(
      expect.objectContaining({
        code: 'store_full',
        cause: expect.objectContaining({ code: 'SQLITE_FULL' }),
      }),
    );
    expect(own.journal.verify()).toMatchObject({ kind: 'intact', entries });
  });

  test('on a full disk with something to give up stores after all, once and without a gap', () => {
    using folder = storeFolder();
    let given = 0;
    using own = openOwnJournal(folder.dataDir, () => {
      given += 1;
      own.database.pragma('max_page_count = 100000');
      return given === 1;
    });
    own.database.pragma(`max_page_count = ${own.database.pragma('page_count', { simple: true })}`);
    for (let tareG = 0; tareG < 200; tareG += 1) own.journal.commit(() => own.journal.append(tareSet(tareG)));
    expect(given).toBe(1);
    expect(own.journal.verify()).toMatchObject({ kind: 'intact', entries: 200 });
  });

  test('sends every row with a signature of the device over its place in the chain', () => {
    using folder = storeFolder();
    using own = openOwnJournal(folder.dataDir);
    own.journal.commit(() => own.journal.append(tareSet(1)));
    const [row] = own.journal.rowsAfter(0, 1, 1e6);
    const { publicKey } = openDeviceKey(folder.dataDir);
    const { incarnation } = JSON.parse(row?.entry ?? '{}');
    expect(row).toBeDefined();
    if (row === undefined) return;
    expect(isSigned(journalClaimOf(incarnation, row), row.signature ?? '', publicKey)).toBe(true);
    expect(isSigned(journalClaimOf(incarnation, { ...row, seq: 2 }), row.signature ?? '', publicKey)).toBe(
      false,
    );
  });
});
