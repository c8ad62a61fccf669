import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { storeFolder } from './store-folder.ts';
import { bodyOf, openDesk } from './test-desk.ts';
import { loadMasterData, testContainer, testRow, testSnapshot } from './test-master-data.ts';

const DAY_MS = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();
const kinds = (desk: ReturnType<typeof openDesk>) =>
  desk.store.journal.rowsAfter(0, 100, 1e9).map(({ entry }) => JSON.parse(entry));

test('a tare that comes from the cloud completes the net that waited for it, with an entry that names the revision', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  await desk.drive(24_240, { containers: ['C-1'] });
  const out = bodyOf(await desk.drive(9_640, { direction: 'out', containers: [] }));
  expect(out).toMatchObject({ net: { kind: 'pending', waitingFor: ['C-1'] } });
  loadMasterData(desk.store, [testContainer(7, 'C-1', 250_000)]);
  expect(desk.store.containerTares.tareOf('C-1')).toBe(250_000);
  expect(kinds(desk).slice(-3, -1)).toMatchObject([
    { kind: 'container_tare.set', body: { container: 'C-1', tareG: 250_000, masterDataRevision: 7 } },
    { kind: 'session.net_completed', body: { net: { kind: 'known', netG: 14_350_000 } } },
  ]);
});

test('a tare that was measured here and that the cloud has not acknowledged stands; acknowledged, the cloud decides', () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const { store } = desk;
  store.containerTares.setTare('C-1', 310_000);
  loadMasterData(store, [testContainer(5, 'C-1', 300_000)]);
  expect(store.containerTares.tareOf('C-1')).toBe(310_000);
  store.syncPosition.set(store.identity.incarnation, 1, 'epoch');
  loadMasterData(store, [testContainer(5, 'C-1', 300_000)]);
  expect(store.containerTares.tareOf('C-1'), 'taken over once, not again').toBe(310_000);
  loadMasterData(store, [testContainer(6, 'C-1', 320_000)]);
  expect(store.containerTares.tareOf('C-1')).toBe(320_000);
});

test("tomorrow's tare is taken over tomorrow, without the cloud", () => {
  using folder = storeFolder();
  const clock = virtualClock();
  using desk = openDesk(folder.dataDir, clock);
  const { store } = desk;
  const nowMs = clock.now();
  const tomorrow = iso(nowMs + DAY_MS);
  const tares = [
    { tareG: 250_000, validFrom: null, validTo: tomorrow },
    { tareG: 260_000, validFrom: tomorrow, validTo: null },
  ];
  loadMasterData(store, [testRow(1, 'container', 'C-1', { container: 'C-1', tares })], nowMs);
  const follow = (ms: number) => store.journal.commit(() => store.masterDataFollowing.followTime(ms));
  follow(nowMs + DAY_MS - 1);
  expect(store.containerTares.tareOf('C-1')).toBe(250_000);
  follow(nowMs + DAY_MS);
  expect(store.containerTares.tareOf('C-1')).toBe(260_000);
  store.containerTares.setTare('C-1', 270_000);
  follow(nowMs + DAY_MS + 1);
  expect(store.containerTares.tareOf('C-1')).toBe(270_000);
});

test('thousands of tares are taken over a part at a time, so that the scale does not wait', () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const { store } = desk;
  const rows = Array.from({ length: 450 }, (_, i) => testContainer(i + 1, `C-${i}`, 1000 + i));
  store.masterData.take(testSnapshot(rows), () => store.masterDataFollowing.followRows(0));
  const follow = () => store.journal.commit(() => store.masterDataFollowing.followTime(0));
  expect(store.journal.head().seq).toBe(200);
  expect([follow(), follow(), follow()]).toEqual([true, false, false]);
  expect(store.journal.head().seq).toBe(450);
});
