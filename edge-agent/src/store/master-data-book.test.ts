import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { storeFolder } from './store-folder.ts';
import { bodyOf, codeOf, openDesk } from './test-desk.ts';
import { loadMasterData, testContainer, testProvider, testRow, testTruck } from './test-master-data.ts';

const DAY_MS = 86_400_000;
const lists = [
  testProvider(1, 10_001),
  testTruck(2, '7742103', 10_001),
  testProvider(3, 10_002, 'revoked'),
  testTruck(4, '1111111', 10_002),
  testContainer(5, 'C-1', 250_000),
];

function openListed(rules = {}) {
  const folder = storeFolder();
  const clock = virtualClock(Date.UTC(2026, 0, 15));
  const desk = openDesk(folder.dataDir, clock, { rules });
  loadMasterData(desk.store, lists, clock.now());
  return {
    ...desk,
    clock,
    entries: () => desk.store.journal.rowsAfter(0, 100, 1e9).map(({ entry }) => JSON.parse(entry)),
    [Symbol.dispose]: () => {
      desk[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

test('I7: every weighing says the revision and the provider it used, and keeps them when the lists change', async () => {
  using desk = openListed();
  const opened = bodyOf(await desk.drive(24_240, { truck: '77-421-03' }));
  const used = { revision: 5, provider: { providerId: 10_001, name: 'Provider 10001' }, flags: [] };
  expect(opened.masterData).toMatchObject(used);
  const closed = bodyOf(await desk.drive(9_640, { truck: '77-421-03', direction: 'out' }));
  expect(closed.masterData).toMatchObject(used);
  loadMasterData(desk.store, [testProvider(9, 10_009)], desk.clock.now());
  expect(desk.entries().find(({ kind }) => kind === 'session.closed').body.masterData).toMatchObject(used);
});

test('a weighing where there never were any lists says nothing of them', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  expect(bodyOf(await desk.drive(24_240, {}))).not.toHaveProperty('masterData');
});

test('a truck on no list is weighed and proposed once, under a temporary id that all its weighings name', async () => {
  using desk = openListed();
  const opened = bodyOf(await desk.drive(24_240, { truck: '55-555-55' }));
  const closed = bodyOf(await desk.drive(9_640, { truck: '5555555', direction: 'out' }));
  const proposals = desk.entries().filter(({ kind }) => kind === 'truck.proposed');
  expect(proposals).toHaveLength(1);
  expect(proposals[0].body).toMatchObject({ truck: '55-555-55', site: 'DEMO', masterDataRevision: 5 });
  const { proposalId } = proposals[0].body;
  for (const { masterData } of [opened, closed]) {
    expect(masterData).toMatchObject({ proposalId, provider: null, flags: ['truck_unknown'] });
  }
  const latest = () => desk.store.proposals.latest(10);
  expect(latest()).toEqual([{ proposalId, truckKey: '5555555', outcome: 'open', truck: null }]);
  const mapped = testRow(8, 'truck_mapping', proposalId, { proposalId, truck: '77-421-03' });
  const alias = testTruck(9, '5555555', 10_001);
  loadMasterData(desk.store, [testProvider(1, 10_001), mapped, alias], desk.clock.now());
  expect(latest()).toMatchObject([{ outcome: 'mapped', truck: '77-421-03' }]);
  const next = bodyOf(await desk.drive(24_240, { truck: '55-555-55' })).masterData;
  expect(next).toMatchObject({ provider: { providerId: 10_001 }, flags: [] });
  expect(next).not.toHaveProperty('proposalId');
});

test('a truck of a revoked provider is weighed and flagged, or refused where the site says so', async () => {
  using flagging = openListed();
  const body = bodyOf(await flagging.drive(24_240, { truck: '11-111-11' }));
  expect(body.masterData).toMatchObject({ provider: { providerId: 10_002 }, flags: ['provider_revoked'] });
  const masterData = { taresStaleAfterDays: 14, staleTares: 'mark', revokedProvider: 'deny' };
  using denying = openListed({ masterData });
  expect(codeOf(await denying.drive(24_240, { truck: '11-111-11' }))).toBe('provider_revoked');
  expect(codeOf(await denying.drive(24_240, { truck: '77-421-03' }))).toBe('recorded');
});

test('tares the cloud has not confirmed for too long are marked, or no truck is weighed once with them', async () => {
  const once = {
    truck: '77-421-03',
    direction: 'out' as const,
    containers: ['C-1'],
    useStoredTare: { attended: true, confirmExpired: true },
  };
  const rules = { tares: { validDays: 3650, unattended: 'use' as const } };
  const masterData = { taresStaleAfterDays: 14, revokedProvider: 'flag' as const };
  using marking = openListed({ ...rules, masterData: { ...masterData, staleTares: 'mark' } });
  using strict = openListed({ ...rules, masterData: { ...masterData, staleTares: 'weigh_both_ways' } });
  for (const desk of [marking, strict]) {
    desk.store.trucks.setTare('77-421-03', 9_600_000);
    await desk.clock.advance(13 * DAY_MS);
    expect(bodyOf(await desk.drive(24_240, once)).masterData?.flags).toEqual([]);
    await desk.clock.advance(2 * DAY_MS);
  }
  expect(bodyOf(await marking.drive(24_240, once)).masterData?.flags).toEqual(['tares_stale']);
  expect(codeOf(await strict.drive(24_240, once))).toBe('tares_stale');
  // Weighed in and out it needs no tare but that of what was unloaded.
  await strict.drive(24_240, { truck: '77-421-03', containers: ['C-1'] });
  const closed = bodyOf(await strict.drive(9_640, { truck: '77-421-03', direction: 'out' }));
  expect(closed.masterData?.flags).toEqual(['tares_stale']);
});
