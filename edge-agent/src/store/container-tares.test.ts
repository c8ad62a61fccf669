import { expect, test } from 'vitest';
import { openTestStore, storeFolder } from './store-folder.ts';

test('a tare is journalled with the one before; the same again is no entry', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const { containerTares, journal } = store;
  expect(containerTares.tareOf('C-1')).toBeUndefined();
  expect(containerTares.setTare('C-1', 650_000)).toEqual({ changed: true });
  expect(containerTares.setTare('C-1', 650_000)).toEqual({ changed: false });
  expect(containerTares.setTare('C-1', 0)).toEqual({ changed: true });
  expect(containerTares.tareOf('C-1')).toBe(0);
  const entries = journal.rowsAfter(0, 50, 1e6).map(({ entry }) => JSON.parse(entry).body);
  expect(entries).toEqual([
    { container: 'C-1', tareG: 650_000, previousTareG: null },
    { container: 'C-1', tareG: 0, previousTareG: 650_000 },
  ]);
});

test('many tares are set all or none', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const tares = new Map([
    ['C-1', 50_000],
    ['no container', 60_000],
  ]);
  expect(() => store.containerTares.setTares(tares)).toThrow();
  expect(store.containerTares.tareOf('C-1')).toBeUndefined();
  expect(store.journal.head().seq).toBe(0);
});

test('of many tares each changed one is an entry, and the same again is none', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const tares = new Map([
    ['C-1', 50_000],
    ['C-2', 60_000],
  ]);
  expect(store.containerTares.setTares(tares)).toEqual({ changedCount: 2 });
  expect(store.containerTares.setTares(tares.set('C-2', 61_000))).toEqual({ changedCount: 1 });
  expect(store.journal.head().seq).toBe(3);
});
