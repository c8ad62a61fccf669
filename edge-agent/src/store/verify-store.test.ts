import { expect, test } from 'vitest';
import { openDatabase } from './open-database.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { verifyStore } from './verify-store.ts';

test('a journal is verified beside the agent that writes it', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'intact', entries: 0 });
  store.containerTares.setTare('C-1', 1000);
  expect(verifyStore(folder.dataDir)).toMatchObject({
    kind: 'intact',
    entries: 1,
    headHash: store.journal.head().hash,
  });
});

test('where no agent has run there is nothing to verify, and that is said', () => {
  using folder = storeFolder();
  expect(() => verifyStore(folder.dataDir)).toThrow(/There is no journal to read/);
  openDatabase(folder.dataDir).close();
  expect(() => verifyStore(folder.dataDir)).toThrow(/no identity yet/);
});
