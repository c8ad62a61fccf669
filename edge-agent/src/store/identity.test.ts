import { idMaker } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openStore } from './open-store.ts';
import { openTestStore, storeFolder } from './store-folder.ts';

test('a database keeps its incarnation for life, and another has another', () => {
  using folder = storeFolder();
  using other = storeFolder();
  const identities = [folder, folder, other].map(({ dataDir }) => {
    using store = openTestStore(dataDir);
    return store.identity;
  });
  expect(identities[1]).toEqual(identities[0]);
  expect(identities[2]?.incarnation).not.toBe(identities[0]?.incarnation);
});

test.each([
  { device: 'gate-2', site: 'DEMO' },
  { device: 'gate-1', site: 'HAIFA' },
])('a database of another device or site is refused for %j, and free again afterwards', (names) => {
  using folder = storeFolder();
  openTestStore(folder.dataDir)[Symbol.dispose]();
  const clock = virtualClock();
  const parts = { clock, makeId: idMaker(clock), bootId: 'b', processId: 1 };
  expect(() => openStore({ dataDir: folder.dataDir, ...names }, parts)).toThrow(
    expect.objectContaining({
      code: 'store_other_device',
      message: expect.stringContaining('gate-1 at site DEMO'),
    }),
  );
  openTestStore(folder.dataDir)[Symbol.dispose]();
});
