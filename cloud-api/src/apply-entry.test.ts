import { afterAll, beforeAll, expect, test } from 'vitest';
import { nextTicketNo, TestChain, testWeight, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const visit = {
  truck: '77-421-03',
  produce: 'orange',
  inKg: 15_000,
  outKg: 8_000,
  weighedInAt: '2026-05-31T10:30:00.000Z',
  weighedOutAt: '2026-05-31T11:00:00.000Z',
};

const ledgerOf = (sessionId: string) =>
  cloud.database.db.selectFrom('ledger_entries').selectAll().where('session_id', '=', sessionId).execute();
const parkedOf = (chain: TestChain) =>
  cloud.database.db
    .selectFrom('parked_entries')
    .select(['seq', 'reason', 'detail', 'truck_key'])
    .where('incarnation', '=', chain.incarnation)
    .orderBy('seq')
    .execute();
const sessionOf = async (id: string) => (await cloud.call('GET', `/api/weight/session/${id}`)).body;

test('a truck weighed in and out is a closed session with its net, and one delivery in the ledger', async () => {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries({
    ...visit,
    containersIn: ['C1'],
    containersOut: [],
    taresKg: { C1: 1_150 },
  });
  chain.add(opened);
  await cloud.ingest(chain);
  expect(await sessionOf(sessionId)).toMatchObject({
    state: 'open',
    direction: 'in',
    site: 'TEST',
    grossKg: 15_000,
    netKg: null,
    waitingFor: [],
    bruto: 15_000,
    neto: 'na',
  });
  expect(await sessionOf(sessionId)).not.toHaveProperty('truckTara');
  expect(await ledgerOf(sessionId)).toEqual([]);

  chain.add(closed);
  await cloud.ingest(chain);
  expect(await sessionOf(sessionId)).toMatchObject({
    id: sessionId,
    state: 'closed',
    direction: 'out',
    device: 'gate-1',
    truck: '77-421-03',
    produce: 'orange',
    containersIn: ['C1'],
    containersOut: [],
    grossKg: 15_000,
    secondGrossKg: 8_000,
    truckTareKg: 8_000,
    netKg: 5_850,
    firstTicketNo: opened.body.ticketNo,
    secondTicketNo: closed.body.ticketNo,
    weighedInAt: visit.weighedInAt,
    weighedOutAt: visit.weighedOutAt,
    neto: 5_850,
    truckTara: 8_000,
  });
  expect(await ledgerOf(sessionId)).toMatchObject([
    { net_g: 5_850_000, truck_key: '7742103', produce: 'orange', provider_id: null, corrects_entry_id: null },
  ]);
});

test('a session whose containers have no tare waits for them and delivers nothing yet', async () => {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries({
    ...visit,
    containersIn: ['C7', 'C8'],
    taresKg: { C7: 100 },
  });
  chain.add(opened);
  chain.add(closed);
  await cloud.ingest(chain);
  expect(await sessionOf(sessionId)).toMatchObject({
    state: 'closed',
    netKg: null,
    truckTareKg: null,
    waitingFor: ['C8'],
    neto: 'na',
    truckTara: 'na',
  });
  expect(await ledgerOf(sessionId)).toEqual([]);
});

test('a net that its own weights do not give is parked, and the session stays open', async () => {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries(visit);
  chain.add(opened);
  chain.add({
    ...closed,
    body: { ...closed.body, net: { kind: 'known', netG: 7_000_001, truckTareG: 8_000_000 } },
  });
  expect(await cloud.ingest(chain)).toMatchObject({ type: 'ack', upTo: 2 });
  expect(await parkedOf(chain)).toMatchObject([{ seq: 2, reason: 'net_mismatch', truck_key: '7742103' }]);
  expect(await sessionOf(sessionId)).toMatchObject({ state: 'open' });
  expect(await ledgerOf(sessionId)).toEqual([]);
});

test('a session closed with another truck, another first weight or a net below zero is parked', async () => {
  for (const [reason, change] of [
    ['truck_mismatch', { truck: '11-111-11' }],
    [
      'first_weight_mismatch',
      { first: { weightId: testWeight(1, visit.weighedInAt).weightId, grossG: 15_000_000, containers: [] } },
    ],
  ] as const) {
    const chain = new TestChain();
    const { opened, closed } = visitEntries(visit);
    chain.add(opened);
    chain.add({ ...closed, body: { ...closed.body, ...change } });
    await cloud.ingest(chain);
    expect(await parkedOf(chain)).toMatchObject([{ seq: 2, reason }]);
  }
  const chain = new TestChain();
  const { opened, closed } = visitEntries({ ...visit, inKg: 8_000, outKg: 15_000 });
  chain.add(opened);
  chain.add(closed);
  await cloud.ingest(chain);
  expect(await parkedOf(chain)).toMatchObject([{ seq: 2, reason: 'negative_net' }]);
});

test('a session closed twice, or never opened, is parked and nothing is delivered again', async () => {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries(visit);
  const never = visitEntries(visit);
  chain.add(opened);
  chain.add(closed);
  chain.add({ ...closed, body: { ...closed.body, ticketNo: nextTicketNo() } });
  chain.add(never.closed);
  expect(await cloud.ingest(chain)).toMatchObject({ type: 'ack', upTo: 4 });
  expect(await parkedOf(chain)).toMatchObject([
    { seq: 3, reason: 'session_not_open' },
    { seq: 4, reason: 'session_not_open' },
  ]);
  expect(await ledgerOf(sessionId)).toHaveLength(1);
});

test('what is said at the second weighing is the produce; saying nothing leaves what was said at the first', async () => {
  for (const [first, second, produce] of [
    ['orange', null, 'orange'],
    [null, 'lemon', 'lemon'],
    ['orange', 'lemon', 'lemon'],
    [null, null, null],
  ]) {
    const chain = new TestChain();
    const { sessionId, opened, closed } = visitEntries(visit);
    chain.add({ ...opened, body: { ...opened.body, produce: first } });
    chain.add({ ...closed, body: { ...closed.body, produce: second } });
    await cloud.ingest(chain);
    expect(await sessionOf(sessionId)).toMatchObject({ state: 'closed', produce });
    expect(await ledgerOf(sessionId)).toMatchObject([{ produce }]);
  }
});

test('a single weighing is a session of its own without a net', async () => {
  const chain = new TestChain();
  const { sessionId } = visitEntries(visit);
  const weight = testWeight(120, visit.weighedOutAt);
  const body = {
    sessionId,
    ticketNo: nextTicketNo(),
    truck: null,
    produce: null,
    containers: ['C5'],
    weight,
  };
  chain.add({ kind: 'weight.single', body });
  await cloud.ingest(chain);
  expect(await sessionOf(sessionId)).toMatchObject({
    state: 'single',
    direction: 'single',
    truck: null,
    grossKg: 120,
    netKg: null,
  });
});

test('a measured tare becomes the tare of its container, whether it was registered or not', async () => {
  await cloud.call('POST', '/api/weight/containers', { id: 'C20', tareKg: 99.5 });
  const chain = new TestChain();
  chain.add({
    kind: 'container_tare.set',
    body: { container: 'C20', tareG: 101_000, previousTareG: 99_500 },
  });
  chain.add({ kind: 'container_tare.set', body: { container: 'C21', tareG: 55_250, previousTareG: null } });
  await cloud.ingest(chain);
  expect((await cloud.call('GET', '/api/weight/containers/C20')).body).toEqual({
    id: 'C20',
    tareKg: 101,
    measured: true,
  });
  expect((await cloud.call('GET', '/api/weight/containers/C21')).body).toEqual({
    id: 'C21',
    tareKg: 55.25,
    measured: true,
  });
});

test('the entries of a session are given back as they were written, those that were parked among them', async () => {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries(visit);
  chain.add(opened);
  chain.add({ kind: 'crane.turned', body: {} });
  chain.add(closed);
  chain.add({ ...closed, body: { ...closed.body, ticketNo: nextTicketNo() } });
  await cloud.ingest(chain);
  const place = { device: 'gate-1', incarnation: chain.incarnation };
  expect((await cloud.call('GET', `/api/weight/session/${sessionId}/evidence`)).body).toEqual(
    [1, 3, 4].map((seq) => ({
      ...place,
      seq,
      kind: seq === 1 ? 'session.opened' : 'session.closed',
      previousHash: chain.headHash(seq - 1),
      hash: chain.headHash(seq),
      entryText: chain.rows[seq - 1]?.entry,
      parked: seq === 4 ? 'session_not_open' : null,
    })),
  );
});

test('a ledger entry cannot be changed or deleted, not even by SQL', async () => {
  for (const statement of [
    'update ledger_entries set net_g = 1',
    'delete from ledger_entries',
    'truncate ledger_entries cascade',
  ]) {
    await expect(cloud.database.pool.query(statement), statement).rejects.toThrow('append-only');
  }
});
