import { netOf } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nextTicketNo, TestChain, testWeight, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(Date.parse('2026-06-15T09:00:00Z'));
  await cloud.call('POST', '/api/billing/produce', { id: 'orange' });
  await cloud.call('POST', '/api/billing/rates', { produce: 'orange', ratePerKgMinor: '10' });
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const ledgerOf = (sessionId: string) =>
  cloud.database.db
    .selectFrom('ledger_entries')
    .selectAll()
    .where('session_id', '=', sessionId)
    .orderBy('net_g', 'desc')
    .execute();
const parkedOf = (chain: TestChain) =>
  cloud.database.db
    .selectFrom('parked_entries')
    .select(['seq', 'reason'])
    .where('incarnation', '=', chain.incarnation)
    .orderBy('seq')
    .execute();
const sessionOf = async (id: string) => (await cloud.call('GET', `/api/weight/session/${id}`)).body;

let plates = 100;

/** A provider with a truck of its own, and a visit of it: 15000 kg in, 8000 kg out. */
async function newVisit(changes: Partial<Parameters<typeof visitEntries>[0]> = {}) {
  plates += 1;
  const truck = `DE-${plates}`;
  const { body } = await cloud.call('POST', '/api/billing/providers', { name: `Provider ${plates}` });
  const { id: providerId } = body as { id: number };
  await cloud.call('POST', '/api/billing/trucks', { id: truck, providerId });
  const weighedOutAt = '2026-06-10T08:00:00.000Z';
  const entries = visitEntries({
    truck,
    produce: 'orange',
    inKg: 15_000,
    outKg: 8_000,
    weighedOutAt,
    ...changes,
  });
  const bill = () => cloud.call('GET', `/api/billing/bill/${providerId}`);
  return { ...entries, truck, bill, chain: new TestChain() };
}

type Visit = Awaited<ReturnType<typeof newVisit>>;

/** The entry that completes a visit's net once these tares are known, in kg. */
function completionOf({ sessionId, closed }: Visit, taresKg: Record<string, number>) {
  const { weight, containers, first, ticketNo } = closed.body;
  const second = { weightId: weight.weightId, grossG: weight.grossG, containers };
  const tares = Object.entries(taresKg).map(([container, kg]) => ({ container, tareG: kg * 1000 }));
  const net = netOf(first, second, new Map(tares.map(({ container, tareG }) => [container, tareG])));
  if (net.kind === 'pending') throw new Error('the net is still pending');
  const body = { sessionId, completes: weight.weightId, ticketNo, first, second, tares, net };
  return { kind: 'session.net_completed' as const, body };
}

const voidOf = ({ sessionId }: Visit, changes: object = {}) => ({
  kind: 'session.voided',
  body: {
    sessionId,
    was: 'closed',
    reason: 'wrong plate',
    by: 'Dana',
    secondBy: 'Avi',
    clone: null,
    ...changes,
  },
});

test('a net that is completed later is delivered for the day it was weighed out, and the bill is no longer blocked', async () => {
  const visit = await newVisit({ containersIn: ['C7'] });
  visit.chain.add(visit.opened);
  visit.chain.add(visit.closed);
  await cloud.ingest(visit.chain);
  expect(await visit.bill()).toMatchObject({
    status: 409,
    body: { blocked: [{ sessionId: visit.sessionId }] },
  });

  visit.chain.add(completionOf(visit, { C7: 500 }));
  for (let round = 0; round < 2; round += 1) await cloud.ingest(visit.chain);
  expect(await parkedOf(visit.chain)).toEqual([]);
  expect(await sessionOf(visit.sessionId)).toMatchObject({
    netKg: 6_500,
    truckTareKg: 8_000,
    waitingFor: [],
  });
  expect(await ledgerOf(visit.sessionId)).toMatchObject([
    { net_g: 6_500_000, weighed_out_at: new Date('2026-06-10T08:00:00.000Z'), corrects_entry_id: null },
  ]);
  expect(await visit.bill()).toMatchObject({ status: 200, body: { totalMinor: 65_000 } });
  const evidence = await cloud.call('GET', `/api/weight/session/${visit.sessionId}/evidence`);
  expect(evidence.body).toMatchObject([
    { kind: 'session.opened' },
    { kind: 'session.closed' },
    { kind: 'session.net_completed' },
  ]);
});

test.each([
  [
    'a net that its weights do not give',
    'net_mismatch',
    { net: { kind: 'known', netG: 6_500_001, truckTareG: 8_000_000 } },
  ],
  ['another closing entry', 'weight_mismatch', { completes: '01a10acb-8499-7363-b214-af8b081cdce6' }],
  ['a session that is not here', 'net_not_pending', { sessionId: '01a10acb-8499-7363-b214-af8b081cdce6' }],
])('a completion with %s is parked, and the net stays pending', async (_what, reason, change) => {
  const visit = await newVisit({ containersIn: ['C7'] });
  const { kind, body } = completionOf(visit, { C7: 500 });
  for (const entry of [visit.opened, visit.closed, { kind, body: { ...body, ...change } }])
    visit.chain.add(entry);
  await cloud.ingest(visit.chain);
  expect(await parkedOf(visit.chain)).toEqual([{ seq: 3, reason }]);
  expect(await sessionOf(visit.sessionId)).toMatchObject({ netKg: null, waitingFor: ['C7'] });
  expect(await ledgerOf(visit.sessionId)).toEqual([]);
});

test('a net that was known already is not completed a second time', async () => {
  const visit = await newVisit({ containersIn: ['C7'], taresKg: { C7: 500 } });
  for (const entry of [visit.opened, visit.closed, completionOf(visit, { C7: 400 })]) visit.chain.add(entry);
  await cloud.ingest(visit.chain);
  expect(await parkedOf(visit.chain)).toEqual([{ seq: 3, reason: 'net_not_pending' }]);
  expect(await ledgerOf(visit.sessionId)).toMatchObject([{ net_g: 6_500_000 }]);
});

test('a voided session takes its delivery back in the ledger and is on no bill; it stays readable', async () => {
  const visit = await newVisit();
  for (const entry of [visit.opened, visit.closed]) visit.chain.add(entry);
  await cloud.ingest(visit.chain);
  expect(await visit.bill()).toMatchObject({ status: 200, body: { totalMinor: 70_000 } });
  const row = visit.chain.add(voidOf(visit));
  for (let round = 0; round < 2; round += 1) await cloud.ingest(visit.chain);
  const [delivery, correction, ...more] = await ledgerOf(visit.sessionId);
  expect(more).toEqual([]);
  expect(correction).toMatchObject({
    net_g: -7_000_000,
    corrects_entry_id: delivery?.id,
    provider_id: delivery?.provider_id,
    produce: 'orange',
    entry_uuid: JSON.parse(row.entry).uuid,
  });
  expect(await sessionOf(visit.sessionId)).toMatchObject({ state: 'voided', netKg: 7_000, grossKg: 15_000 });
  expect(await visit.bill()).toMatchObject({ status: 200, body: { totalMinor: 0 } });
});

test('a void by one person of a closed session, or of a session that is not there so, is parked and changes nothing', async () => {
  const visit = await newVisit();
  visit.chain.add(visit.opened);
  visit.chain.add(visit.closed);
  visit.chain.add(voidOf(visit, { secondBy: null }));
  visit.chain.add(voidOf(visit, { secondBy: 'Dana' }));
  visit.chain.add(voidOf(visit, { was: 'open' }));
  await cloud.ingest(visit.chain);
  expect(await parkedOf(visit.chain)).toEqual([
    { seq: 3, reason: 'second_person_missing' },
    { seq: 4, reason: 'second_person_missing' },
    { seq: 5, reason: 'session_not_there' },
  ]);
  expect(await sessionOf(visit.sessionId)).toMatchObject({ state: 'closed' });
  expect(await ledgerOf(visit.sessionId)).toHaveLength(1);
});

test('a clone stands on the first weight of the voided session, and delivers for its own truck', async () => {
  const visit = await newVisit();
  const other = await newVisit();
  const { first } = visit.closed.body;
  const clone = { sessionId: other.sessionId, truck: other.truck, produce: 'orange', first };
  const second = testWeight(7_000, '2026-06-10T09:00:00.000Z');
  const net = netOf(first, { grossG: 7_000_000, containers: [] }, new Map());
  for (const entry of [
    visit.opened,
    visit.closed,
    voidOf(visit, { clone }),
    {
      ...other.closed,
      body: { ...other.closed.body, ticketNo: nextTicketNo(), first, weight: second, net },
    },
  ])
    visit.chain.add(entry);
  await cloud.ingest(visit.chain);
  expect(await parkedOf(visit.chain)).toEqual([]);
  expect(await sessionOf(other.sessionId)).toMatchObject({
    state: 'closed',
    cloneOf: visit.sessionId,
    truck: other.truck,
    grossKg: 15_000,
    netKg: 8_000,
    firstTicketNo: visit.opened.body.ticketNo,
  });
  expect(await other.bill()).toMatchObject({ body: { totalMinor: 80_000 } });
  expect(await visit.bill()).toMatchObject({ body: { totalMinor: 0 } });
  const evidence = await cloud.call('GET', `/api/weight/session/${other.sessionId}/evidence`);
  expect(evidence.body).toMatchObject([
    { kind: 'session.opened' },
    { kind: 'session.voided' },
    { kind: 'session.closed' },
  ]);
});

test('a clone on another weight than that of the voided session is parked with the void', async () => {
  const visit = await newVisit();
  const other = await newVisit();
  const clone = {
    sessionId: other.sessionId,
    truck: other.truck,
    produce: null,
    first: other.closed.body.first,
  };
  for (const entry of [visit.opened, visit.closed, voidOf(visit, { clone })]) visit.chain.add(entry);
  await cloud.ingest(visit.chain);
  expect(await parkedOf(visit.chain)).toEqual([{ seq: 3, reason: 'first_weight_mismatch' }]);
  expect(await sessionOf(visit.sessionId)).toMatchObject({ state: 'closed' });
});

test('a weighing in that supersedes ends the earlier one, which can then not be weighed out', async () => {
  const visit = await newVisit();
  const again = visitEntries({
    truck: visit.truck,
    produce: 'orange',
    inKg: 16_000,
    outKg: 8_000,
    weighedOutAt: '2026-06-10T10:00:00.000Z',
  });
  for (const entry of [
    visit.opened,
    { ...again.opened, body: { ...again.opened.body, supersedes: visit.sessionId } },
    visit.closed,
    again.closed,
  ])
    visit.chain.add(entry);
  await cloud.ingest(visit.chain);
  expect(await parkedOf(visit.chain)).toEqual([{ seq: 3, reason: 'session_not_open' }]);
  expect(await sessionOf(visit.sessionId)).toMatchObject({ state: 'superseded', grossKg: 15_000 });
  expect(await sessionOf(again.sessionId)).toMatchObject({ state: 'closed', netKg: 8_000 });
  expect(await ledgerOf(visit.sessionId)).toEqual([]);
});
