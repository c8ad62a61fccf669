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
