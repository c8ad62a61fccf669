import { chainHash, genesisHash, idMaker, type JournalEntry, readEntry } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openDeviceKey } from './device-key.ts';
import { identityOf } from './identity.ts';
import { openJournal } from './journal.ts';
import { openLives } from './lives.ts';
import { openDatabase } from './open-database.ts';
import type { Store } from './open-store.ts';
import { restoreStore } from './restore-store.ts';
import { openSignedHead, readSignedHead } from './signed-head.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { bodyOf, openDesk } from './test-desk.ts';
import { verifyStore } from './verify-store.ts';

function entriesOf(chain: { rowsAfter: Store['journal']['rowsAfter'] }): JournalEntry[] {
  return chain.rowsAfter(0, 10_000, 1e9).map(({ entry }) => {
    const reading = readEntry(entry);
    if (reading.kind !== 'known') throw new Error(entry);
    return reading.entry;
  });
}

function setTares(store: Store, ...tares: number[]): void {
  for (const tareG of tares) store.containerTares.setTare('C-1', tareG);
}

test('a first life stands alone', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  setTares(store, 1, 2);
  const lives = store.lives.all();
  expect(lives).toHaveLength(1);
  expect(lives[0]).toMatchObject({
    incarnation: store.identity.incarnation,
    parent: null,
    partedAfter: null,
  });
  expect(lives[0]?.head()).toEqual(store.journal.head());
});

test('a restored backup keeps the life it came from, with its entries readable as they stand', async () => {
  using folder = storeFolder();
  const file = `${folder.dataDir}/backup.db`;
  let texts: string[];
  {
    using store = openTestStore(folder.dataDir);
    setTares(store, 1, 2, 3);
    texts = store.journal.rowsAfter(0, 10, 1e6).map(({ entry }) => entry);
    await store.backup(file);
  }
  const clock = virtualClock();
  restoreStore(folder.dataDir, file, { clock, makeId: idMaker(clock), processId: process.pid });
  using store = openTestStore(folder.dataDir);
  setTares(store, 4);
  const [former, own] = store.lives.all();
  expect(former?.rowsAfter(0, 10, 1e6).map(({ entry }) => entry)).toEqual(texts);
  expect(former?.head().seq).toBe(3);
  expect(former?.hashAt(4)).toBeUndefined();
  expect(own).toMatchObject({ parent: { incarnation: former?.incarnation, seq: 3 } });
  expect(own?.head()).toEqual(store.journal.head());
  expect(own?.rowsAfter(0, 10, 1e6)).toHaveLength(1);
});

test('parting from the cloud begins a new life that carries over what comes after the last shared entry, unchanged', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  setTares(store, 1, 2, 3, 4);
  const { incarnation } = store.identity;
  const rows = store.journal.rowsAfter(0, 10, 1e6);
  expect(store.lives.part(incarnation, 2)).toBe(2);

  const [former, own] = store.lives.all();
  expect(former).toMatchObject({ incarnation, partedAfter: 2 });
  expect(own).toMatchObject({ incarnation: store.identity.incarnation, parent: { incarnation, seq: 2 } });
  expect(own?.incarnation).not.toBe(incarnation);
  expect(former?.rowsAfter(0, 10, 1e6)).toEqual(rows);
  const carried = entriesOf(store.journal);
  expect(carried.map(({ kind, body }) => ({ kind, body }))).toEqual(
    rows.slice(2).map(({ seq, hash, entry }) => ({
      kind: 'entry.carried',
      body: { incarnation, seq, hash, entryText: entry, previousHash: rows[seq - 2]?.hash },
    })),
  );
  for (const { body } of carried) {
    if (!('entryText' in body)) throw new Error('not carried');
    expect(chainHash(body.previousHash, body.entryText)).toBe(body.hash);
  }
  setTares(store, 5);
  expect(store.journal.head().seq).toBe(3);
  expect(store.journal.verify()).toMatchObject({ kind: 'intact', entries: 3 });
  expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'intact', entries: 7 });
  // Once more, because the cloud shares still less: only what was not carried over yet.
  expect(store.lives.part(incarnation, 2)).toBe(0);
  expect(store.lives.part(incarnation, 1)).toBe(1);
  expect(entriesOf(store.journal).at(-1)).toMatchObject({ body: { incarnation, seq: 2 } });
  expect(store.lives.all()[0]).toMatchObject({ partedAfter: 1 });
});

test('what was carried before is carried again as it first was', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  setTares(store, 1, 2);
  const first = store.identity.incarnation;
  store.lives.part(first, 1);
  setTares(store, 3);
  const second = store.identity.incarnation;
  store.lives.part(second, 0);
  const bodies = entriesOf(store.journal).map(({ body }) => body);
  expect(bodies).toMatchObject([
    { incarnation: first, seq: 2 },
    { incarnation: second, seq: 2, previousHash: expect.any(String) },
  ]);
  expect(store.lives.all()).toHaveLength(3);
});

test('a former life parts without a new one: its entries are carried into the present one', async () => {
  using folder = storeFolder();
  const file = `${folder.dataDir}/backup.db`;
  {
    using store = openTestStore(folder.dataDir);
    setTares(store, 1, 2);
    await store.backup(file);
  }
  const clock = virtualClock();
  restoreStore(folder.dataDir, file, { clock, makeId: idMaker(clock), processId: process.pid });
  using store = openTestStore(folder.dataDir);
  const { incarnation } = store.identity;
  setTares(store, 3);
  const former = store.lives.all()[0]?.incarnation;
  if (former === undefined) throw new Error('no former life');
  store.lives.part(former, 0);
  expect(store.identity.incarnation).toBe(incarnation);
  expect(entriesOf(store.journal).map(({ kind }) => kind)).toEqual([
    'container_tare.set',
    'entry.carried',
    'entry.carried',
  ]);
  const [first] = entriesOf(store.journal).flatMap(({ body }) => ('previousHash' in body ? [body] : []));
  expect(first?.previousHash).toBe(genesisHash('gate-1', former));
});

test('a truck that is inside when the life changes is weighed out; its ticket is of the new series', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const opened = bodyOf(await desk.drive(15_000, { direction: 'in' }));
  const { incarnation } = desk.store.identity;
  desk.store.lives.part(incarnation, 0);
  const closed = bodyOf(await desk.drive(8_000, { direction: 'out' }));
  const tickets = [opened, closed].map((body) => ('ticketNo' in body ? body.ticketNo : null));
  const born = desk.store.identity.incarnation;
  expect(tickets).toEqual([`DEMO-${incarnation.slice(-4)}-000001`, `DEMO-${born.slice(-4)}-000001`]);
  expect(closed).toMatchObject({ net: { kind: 'known', netG: 7_000_000 } });
  expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'intact' });
});

test('the new life outlasts a restart with its seal intact, also when the end of it was not vouched for', () => {
  using folder = storeFolder();
  let born: string;
  {
    using store = openTestStore(folder.dataDir);
    setTares(store, 1, 2);
    store.lives.part(store.identity.incarnation, 1);
    born = store.identity.incarnation;
    expect(readSignedHead(folder.dataDir, store.key.publicKey)).toMatchObject({ incarnation: born });
  }
  {
    using store = openTestStore(folder.dataDir);
    expect(store.identity.incarnation).toBe(born);
    expect(store.seal.state()).toEqual({ kind: 'intact' });
  }
  // As a power cut leaves it between the vouching for a new life and its birth.
  const unborn = '01a10a36-67d2-70aa-bb66-ae528194f836';
  {
    using head = openSignedHead(folder.dataDir, openDeviceKey(folder.dataDir));
    head.keep({ incarnation: unborn, seq: 0, hash: genesisHash('gate-1', unborn) }, true);
  }
  using store = openTestStore(folder.dataDir);
  expect(store.identity.incarnation).toBe(born);
  expect(store.seal.state()).toEqual({ kind: 'intact' });
});

test('on a full disk a life does not part, and goes on as it was', () => {
  using folder = storeFolder();
  const database = openDatabase(folder.dataDir);
  const clock = virtualClock();
  const parts = { clock, makeId: idMaker(clock), bootId: 'boot-1', key: openDeviceKey(folder.dataDir) };
  const identity = identityOf(database, { device: 'gate-1', site: 'DEMO' }, parts);
  const { incarnation } = identity;
  const journal = openJournal(database, identity, parts);
  using headFile = openSignedHead(folder.dataDir, parts.key);
  const lives = openLives(database, { ...parts, identity, journal, headFile });
  const body = { container: 'C-1', tareG: 1, previousTareG: null };
  const append = () => journal.commit(() => journal.append({ kind: 'container_tare.set', body }));
  for (let entries = 0; entries < 50; entries += 1) append();
  database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`);
  expect(() => lives.part(incarnation, 0)).toThrow(expect.objectContaining({ code: 'store_full' }));
  expect(identity.incarnation).toBe(incarnation);
  expect(lives.all()).toMatchObject([{ incarnation, partedAfter: null }]);
  expect(readSignedHead(folder.dataDir, parts.key.publicKey)).toMatchObject({ incarnation, seq: 50 });
  database.pragma('max_page_count = 100000');
  append();
  expect(journal.verify()).toMatchObject({ kind: 'intact', entries: 51 });
  expect(lives.part(incarnation, 0)).toBe(51);
  database.close();
});
