import { expect, test } from 'vitest';
import { openTestStore, storeFolder } from './store-folder.ts';

test("the cloud's word is kept over a restart, also when it is lower than before", () => {
  using folder = storeFolder();
  {
    using store = openTestStore(folder.dataDir);
    expect([store.syncPosition.ackedSeq(), store.syncPosition.cloudEpoch()]).toEqual([0, null]);
    store.syncPosition.set(40, 'epoch-1');
    store.syncPosition.set(7, 'epoch-2');
  }
  using store = openTestStore(folder.dataDir);
  expect([store.syncPosition.ackedSeq(), store.syncPosition.cloudEpoch()]).toEqual([7, 'epoch-2']);
});
