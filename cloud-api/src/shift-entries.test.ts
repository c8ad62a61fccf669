import { idMaker, type ShiftCounts, systemClock } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyEntries } from './apply-entry.ts';
import { ingestBatch } from './inbox/ingest.ts';
import { TestChain } from './inbox/test-chain.ts';
import type { OpenDatabase } from './store/database.ts';
import { startTestDatabase, testParts } from './store/test-database.ts';

const makeId = idMaker(systemClock);
let database: OpenDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const counts: ShiftCounts = {
  weighings: 2,
  loads: 1,
  netPending: 0,
  produce: [{ produce: 'orange', netG: 7_000_000 }],
  manual: 0,
  voids: 0,
  reprints: 1,
  overrides: 0,
  refusedOverrides: 0,
};

test('operators, shifts with their counts, and the highest counters of a device are known to the cloud', async () => {
  const chain = new TestChain();
  const [operatorId, shiftId] = [makeId(), makeId()];
  const shift = { shiftId, operatorId, operator: 'Dana' };
  const changed = { parameter: 'scale.main.maxKg', old: '1', new: '2', by: 'configuration' };
  chain.add({ kind: 'operator.added', body: { operatorId, name: 'Dana', role: 'weigher' } });
  chain.add({ kind: 'operator.blocked', body: { operatorId, name: 'Dana', failures: 10 } });
  chain.add({ kind: 'shift.opened', body: shift });
  chain.add({
    kind: 'parameter.changed',
    body: { ...changed, counter: 'cal', counters: { cfg: 3, cal: 4 } },
  });
  chain.add({
    kind: 'parameter.changed',
    body: { ...changed, counter: 'cal', counters: { cfg: 0, cal: 5 } },
  });
  const closed = { openedAt: '2026-05-28T20:26:40.000Z', closedBy: 'Yossi', counts, offlineMs: 60_000 };
  chain.add({ kind: 'shift.closed', body: { ...shift, ...closed } });
  const lost = makeId();
  chain.add({ kind: 'shift.closed', body: { ...shift, shiftId: lost, ...closed } });
  chain.add({ kind: 'operator.unblocked', body: { operatorId, name: 'Dana', by: 'Yossi' } });

  const parts = {
    ...testParts,
    db: database.db,
    cloudEpoch: makeId(),
    apply: (trx: Parameters<typeof applyEntries>[0], entries: Parameters<typeof applyEntries>[1]) =>
      applyEntries(trx, entries, { clock: systemClock, makeId }),
  };
  expect(await ingestBatch(chain.batch(), parts)).toMatchObject({ type: 'ack', upTo: 8 });
  expect(await database.db.selectFrom('parked_entries').selectAll().execute()).toEqual([]);
  expect(await database.db.selectFrom('operators').selectAll().execute()).toMatchObject([
    { operator_id: operatorId, name: 'Dana', role: 'weigher', blocked: false },
  ]);
  const shifts = await database.db.selectFrom('shifts').selectAll().orderBy('shift_id').execute();
  expect(shifts).toHaveLength(2);
  for (const one of shifts)
    expect(one).toMatchObject({ operator: 'Dana', closed_by: 'Yossi', counts, offline_ms: 60_000 });
  expect(await database.db.selectFrom('adjustment_counters').selectAll().execute()).toMatchObject([
    { device: chain.device, cfg: 3, cal: 5 },
  ]);
});
