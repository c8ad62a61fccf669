import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { idMaker } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { databasePath } from './open-database.ts';
import { restoreStore } from './restore-store.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { verifyStore } from './verify-store.ts';

const clock = virtualClock();
const parts = { clock, makeId: idMaker(clock), processId: process.pid };

test('a backup holds what was committed, is checked, and replaces the one before only when it is good', async () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const file = join(folder.dataDir, 'backup.db');
  store.containerTares.setTare('C-1', 1);
  expect(await store.backup(file)).toEqual({ entries: 1, headHash: store.journal.head().hash });
  store.containerTares.setTare('C-1', 2);
  expect(await store.backup(file)).toMatchObject({ entries: 2 });
  expect(readdirSync(folder.dataDir).filter((name) => name.includes('draft'))).toEqual([]);
  await expect(store.backup(join(folder.dataDir, 'nowhere', 'b.db'))).rejects.toMatchObject({
    code: 'store_unusable',
  });
});

test('a restored backup is a new life: other numbers, the old database kept, the chain intact', async () => {
  using folder = storeFolder();
  const file = join(folder.dataDir, 'backup.db');
  let before: string;
  {
    using store = openTestStore(folder.dataDir);
    store.containerTares.setTare('C-1', 1);
    store.containerTares.setTare('C-1', 2);
    await store.backup(file);
    store.containerTares.setTare('C-1', 3);
    before = store.identity.incarnation;
    expect(() => restoreStore(folder.dataDir, file, parts)).toThrow(
      expect.objectContaining({ code: 'store_locked' }),
    );
  }
  const report = restoreStore(folder.dataDir, file, parts);
  expect(report).toMatchObject({ entries: 2, parentIncarnation: before, parentSeq: 2 });
  expect(existsSync(databasePath(report.keptIn ?? ''))).toBe(true);

  using store = openTestStore(folder.dataDir);
  expect(store.identity).toMatchObject({
    incarnation: report.incarnation,
    parent: { incarnation: before, seq: 2 },
  });
  expect(store.identity.incarnation).not.toBe(before);
  expect(store.seal.state()).toEqual({ kind: 'intact' });
  expect(store.journal.head().seq).toBe(0);
  expect(store.containerTares.tareOf('C-1')).toBe(2);
  store.containerTares.setTare('C-1', 4);
  expect(store.journal.head().seq).toBe(1);
  expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'intact', entries: 3 });
});

test("yesterday's database copied over by hand is found: the device has signed more since", async () => {
  using folder = storeFolder();
  const file = join(folder.dataDir, 'backup.db');
  {
    using store = openTestStore(folder.dataDir);
    store.containerTares.setTare('C-1', 1);
    await store.backup(file);
    store.containerTares.setTare('C-1', 2);
  }
  copyFileSync(file, databasePath(folder.dataDir));
  using store = openTestStore(folder.dataDir);
  expect(store.seal.state()).toMatchObject({ kind: 'broken', brokenAtSeq: 2, reason: 'truncated' });
});

test('a backup with one flipped bit in a record is not restored, and the database stays', async () => {
  using folder = storeFolder();
  const file = join(folder.dataDir, 'backup.db');
  {
    using store = openTestStore(folder.dataDir);
    store.containerTares.setTare('C-77', 123_456);
    await store.backup(file);
  }
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"tareG":123456');
  bytes[at + 9] = (bytes[at + 9] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  expect(() => restoreStore(folder.dataDir, file, parts)).toThrow(/broken at entry 1/);
  expect(() => restoreStore(folder.dataDir, join(folder.dataDir, 'none.db'), parts)).toThrow(/no backup/);
  using store = openTestStore(folder.dataDir);
  expect(store.containerTares.tareOf('C-77')).toBe(123_456);
  expect(store.seal.state()).toEqual({ kind: 'intact' });
});
