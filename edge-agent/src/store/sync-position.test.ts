import { expect, test } from 'vitest';
import { openTestStore, storeFolder } from './store-folder.ts';

test("the cloud's word is kept over a restart for each life, also when it is lower than before", () => {
  using folder = storeFolder();
  {
    using store = openTestStore(folder.dataDir);
    expect(store.syncPosition.of('life-1')).toEqual({ ackedSeq: 0, cloudEpoch: null });
    store.syncPosition.set('life-1', 40, 'epoch-1');
    store.syncPosition.set('life-1', 7, 'epoch-2');
    store.syncPosition.set('life-2', 9, 'epoch-2');
  }
  using store = openTestStore(folder.dataDir);
  expect(store.syncPosition.of('life-1')).toEqual({ ackedSeq: 7, cloudEpoch: 'epoch-2' });
  expect(store.syncPosition.of('life-2')).toEqual({ ackedSeq: 9, cloudEpoch: 'epoch-2' });
});

test('when the cloud held the same is kept over a restart, once for each time, the latest last', () => {
  using folder = storeFolder();
  const match = (day: number, matchedSeq: number) => ({
    matchedAt: `2026-01-0${day}T00:00:00.000Z`,
    matchedSeq,
    cloudEpoch: 'epoch-1',
  });
  {
    using store = openTestStore(folder.dataDir);
    for (const one of [match(2, 50), match(1, 20), match(2, 50)]) store.syncPosition.keepMatch('life-1', one);
  }
  using store = openTestStore(folder.dataDir);
  expect(store.syncPosition.matches('life-1')).toEqual([match(1, 20), match(2, 50)]);
  expect(store.syncPosition.matches('life-2')).toEqual([]);
});
