import { type MasterDataRow, masterDataDigestOf } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { databasePath } from './open-database.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { testEpoch, testProvider, testRow, testSnapshot, testTruck } from './test-master-data.ts';

const nothing = () => undefined;
const north = testProvider(1, 10_001);
const truck = testTruck(2, '7742103', 10_001);

function openHeld(rows: readonly MasterDataRow[] = []) {
  const folder = storeFolder();
  const store = openTestStore(folder.dataDir);
  if (rows.length > 0) store.masterData.take(testSnapshot(rows), nothing);
  return {
    store,
    dataDir: folder.dataDir,
    masterData: store.masterData,
    /** Closes the store and opens it again, as after a power cut. */
    reopen: (meanwhile = nothing) => {
      store[Symbol.dispose]();
      meanwhile();
      return openTestStore(folder.dataDir);
    },
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}
const delta = (from: number, rows: MasterDataRow[], live: MasterDataRow[]) => ({
  ...testSnapshot(rows),
  snapshot: null,
  from,
  digest: masterDataDigestOf(live),
});

test('a page of changes is put in place with its revision, a row taken away is gone', () => {
  using held = openHeld([north, truck]);
  const renamed = { ...testProvider(3, 10_001), body: north.body };
  const gone = testRow(4, 'truck', '7742103', null);
  expect(held.masterData.take(delta(2, [renamed, gone], [renamed]), nothing)).toBe('taken');
  expect(held.masterData.held()).toMatchObject({ revision: 4, cloudEpoch: testEpoch, loading: null });
  expect(held.masterData.row('truck', '7742103')).toBeUndefined();
  expect(held.masterData.row('provider', '10001')).toMatchObject({ name: 'Provider 10001' });
});

test('F17: rows whose digest is not the one named are not put in place, nor is anything that follows from them', () => {
  using held = openHeld([north]);
  const before = held.masterData.held();
  const page = { ...delta(1, [truck], [north, truck]), digest: 'f'.repeat(64) };
  const follow = () => held.store.containerTares.setTare('C-1', 1);
  expect(held.masterData.take(page, follow)).toBe('digest_differs');
  expect(held.masterData.take({ ...testSnapshot([truck]), digest: 'f'.repeat(64) }, follow)).toBe(
    'digest_differs',
  );
  expect(held.masterData.held()).toEqual(before);
  expect(held.masterData.row('truck', '7742103')).toBeUndefined();
  expect(held.store.journal.head().seq).toBe(0);
});

test('a snapshot changes nothing before its last page, goes on after a power cut, and then takes the place of all', () => {
  using held = openHeld([north]);
  const whole = testSnapshot([testProvider(5, 10_002), testTruck(6, 'A1', 10_002)]);
  held.masterData.take({ ...whole, to: 5, rows: whole.rows.slice(0, 1), last: false }, () => {
    throw new Error('nothing follows yet');
  });
  using store = held.reopen();
  expect(store.masterData.row('provider', '10002')).toBeUndefined();
  expect(store.masterData.held()).toMatchObject({
    revision: 1,
    digest: masterDataDigestOf([north]),
    loading: { cloudEpoch: testEpoch, revision: 6, after: 5 },
  });
  expect(store.masterData.take({ ...whole, from: 5, rows: whole.rows.slice(1) }, nothing)).toBe('taken');
  expect(store.masterData.held()).toMatchObject({ revision: 6, digest: whole.digest, loading: null });
  expect(store.masterData.row('provider', '10001')).toBeUndefined();
});

test('what a newer cloud adds is kept and counted in the digest, and not used', () => {
  const poem = { entity: 'weighbridge_poem', id: '1', revision: 3, body: '{"of":"a newer cloud"}' };
  const odd = { entity: 'provider', id: '9', revision: 4, body: '{"providerId":"nine"}' };
  const more = { ...truck, revision: 5, body: `${truck.body?.slice(0, -1)},"colour":"red"}` };
  using held = openHeld([poem, odd, more]);
  expect(held.masterData.held().digest).toBe(masterDataDigestOf([poem, odd, more]));
  expect(held.masterData.row('provider', '9')).toBeUndefined();
  expect(held.masterData.rows('provider')).toEqual([]);
  expect(held.masterData.row('truck', '7742103')).toMatchObject({ providerId: 10_001 });
});

test('rows that were changed behind our back have another digest at the next start, and the cloud sees it', () => {
  using held = openHeld([north, truck]);
  const before = held.masterData.held().digest;
  using store = held.reopen(() => {
    const database = new Database(databasePath(held.dataDir));
    database.exec(
      "UPDATE master_data_rows SET body = replace(body, '10001', '10002') WHERE entity = 'truck'",
    );
    database.close();
  });
  expect(store.masterData.held().digest).not.toBe(before);
});
