import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

// At the top, where the rooms are joined: a truck on no list comes as a journal entry, and ends on a bill.

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const proposalIds = [
  '01a10b2a-0001-75c6-9bc7-a86ccae36d01',
  '01a10b2a-0002-75c6-9bc7-a86ccae36d02',
  '01a10b2a-0003-75c6-9bc7-a86ccae36d03',
  '01a10b2a-0004-75c6-9bc7-a86ccae36d04',
] as const;
const proposed = (proposalId: string, truck: string, site = 'TEST') => ({
  kind: 'truck.proposed',
  body: { proposalId, site, truck, masterDataRevision: 1 },
});
const open = async () => {
  const { body } = await cloud.call('GET', '/api/billing/truck-proposals');
  return body as { items: { id: string; truck: string }[] };
};
const decide = (id: string, decision: unknown) =>
  cloud.call('POST', `/api/billing/truck-proposals/${id}/decision`, decision);
const mappings = () =>
  cloud.database.db
    .selectFrom('master_data_changes')
    .select(['row_id', 'scope', 'body'])
    .where('entity', '=', 'truck_mapping')
    .orderBy('revision')
    .execute();

test('an unknown truck is billed once it is known to be a registered one, and its temporary id stands on no bill', async () => {
  const make = (path: string, body: unknown) => cloud.call('POST', `/api/billing/${path}`, body);
  expect((await make('providers', { name: 'North' })).body).toMatchObject({ id: 10001 });
  await make('produce', { id: 'orange' });
  await make('rates', { produce: 'orange', ratePerKgMinor: '93.5' });
  await make('trucks', { id: '77-421-03', providerId: 10001 });
  const chain = new TestChain();
  const visit = visitEntries({
    truck: '77-421-08',
    produce: 'orange',
    inKg: 24_240,
    outKg: 9_640,
    weighedOutAt: '2026-01-15T08:00:00.000Z',
  });
  chain.add(proposed(proposalIds[0], '77-421-08'));
  chain.add(visit.opened);
  chain.add(visit.closed);
  expect(await cloud.ingest(chain)).toMatchObject({ type: 'ack', upTo: 3 });
  const bill = () =>
    cloud.call('GET', '/api/billing/bill/10001?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z');
  expect((await bill()).body).toMatchObject({
    blocked: [],
    mayBeMissing: { noOwner: [{ sessionId: visit.sessionId, reason: 'no_owner' }] },
  });
  expect((await open()).items).toMatchObject([{ id: proposalIds[0], truck: '77-421-08' }]);

  expect(await decide(proposalIds[0], { kind: 'map', truck: '7742103' })).toMatchObject({
    status: 200,
    body: { outcome: 'mapped' },
  });
  expect((await open()).items).toEqual([]);
  const billed = (await bill()).body;
  const said = JSON.stringify(billed);
  expect(said).toContain(visit.sessionId);
  expect(said).not.toContain('no_owner');
  for (const id of proposalIds) expect(said).not.toContain(id);
  expect(await mappings()).toEqual([
    {
      row_id: proposalIds[0],
      scope: 'TEST',
      body: JSON.stringify({ proposalId: proposalIds[0], truck: '77-421-03' }),
    },
  ]);
  // Another owner of the truck is the owner of its other plate as well.
  await make('providers', { name: 'South' });
  await cloud.call('PUT', '/api/billing/trucks/77-421-03', { providerId: 10002 }, { 'if-match': '*' });
  expect((await cloud.call('GET', '/api/billing/trucks/77-421-08')).body).toMatchObject({
    providerId: 10002,
  });
});

test('a proposal is decided once, for every site that made it; a truck registered by hand decides it too', async () => {
  const [a, b] = [new TestChain('gate-a'), new TestChain('gate-b')];
  a.add(proposed(proposalIds[1], '55-555', 'NORTH'));
  b.add(proposed(proposalIds[2], '55 555', 'SOUTH'));
  a.add(proposed(proposalIds[3], '66-666', 'NORTH'));
  await cloud.ingest(a);
  await cloud.ingest(b);
  expect((await open()).items).toHaveLength(3);
  expect(await decide(proposalIds[1], { kind: 'accept', providerId: 99 })).toMatchObject({ status: 422 });
  expect(await decide(proposalIds[1], { kind: 'map', truck: '00-000' })).toMatchObject({ status: 422 });
  await cloud.call('POST', '/api/billing/trucks', { id: '55-555', providerId: 10001 });
  expect((await open()).items).toMatchObject([{ truck: '66-666' }]);
  expect(
    (await mappings())
      .slice(1)
      .map(({ scope }) => scope)
      .sort(),
  ).toEqual(['NORTH', 'SOUTH']);
  expect(await decide(proposalIds[2], { kind: 'turn_down' })).toMatchObject({ status: 409 });
  expect(await decide('01a10b2a-0009-75c6-9bc7-a86ccae36d09', { kind: 'turn_down' })).toMatchObject({
    status: 404,
  });
});

test('an operator of the cloud is told to their sites alone, as a verifier, and withdrawn there', async () => {
  const pin = '271828';
  const added = await cloud.call('POST', '/api/fleet/operators', {
    name: 'Dana',
    role: 'weigher',
    pin,
    sites: ['NORTH', 'SOUTH'],
  });
  expect(added).toMatchObject({ status: 201, body: { name: 'Dana', withdrawn: false } });
  const { id } = added.body as { id: string };
  const told = () =>
    cloud.database.db
      .selectFrom('master_data_changes')
      .select(['scope', 'body'])
      .where('entity', '=', 'operator')
      .orderBy('revision')
      .execute();
  expect((await told()).map(({ scope }) => scope)).toEqual(['NORTH', 'SOUTH']);
  expect((await told())[0]?.body).toContain('$argon2id$');
  const dump = await cloud.database.pool.query(
    `select string_agg(t::text, '') as all from (select operator_accounts::text from operator_accounts
       union all select master_data_changes::text from master_data_changes
       union all select idempotency_keys::text from idempotency_keys) as t`,
  );
  expect(dump.rows[0].all).not.toContain(pin);
  expect(JSON.stringify(added.body)).not.toContain('argon2');

  await cloud.call('PUT', `/api/fleet/operators/${id}`, { sites: ['SOUTH'] }, { 'if-match': '*' });
  await cloud.call('PUT', `/api/fleet/operators/${id}`, { withdrawn: true }, { 'if-match': '*' });
  expect((await told()).slice(2)).toEqual([
    { scope: 'NORTH', body: null },
    { scope: 'SOUTH', body: null },
  ]);
  const again = { name: ' dana', role: 'weigher', pin: '314159', sites: ['NORTH'] };
  expect(await cloud.call('POST', '/api/fleet/operators', again)).toMatchObject({ status: 409 });
  const simple = { name: 'Eli', role: 'weigher', pin: '123456', sites: ['NORTH'] };
  expect(await cloud.call('POST', '/api/fleet/operators', simple)).toMatchObject({ status: 422 });
});

test('a tare to come is told with its day, and the one that holds stays until then', async () => {
  const call = (method: string, path: string, body?: unknown) =>
    cloud.call(method, `/api/weight/containers${path}`, body, { 'if-match': '*' });
  await call('POST', '', { id: 'C-1', tareKg: 250 });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  expect(await call('PUT', '/C-1/tare', { tareKg: 260, validFrom: tomorrow })).toMatchObject({
    status: 200,
    body: { tareKg: 250 },
  });
  expect(await call('PUT', '/C-1/tare', { tareKg: 1, validFrom: '2020-01-01T00:00:00.000Z' })).toMatchObject({
    status: 422,
  });
  const last = await cloud.database.db
    .selectFrom('master_data_changes')
    .select('body')
    .where('entity', '=', 'container')
    .orderBy('revision', 'desc')
    .executeTakeFirstOrThrow();
  expect(JSON.parse(last.body ?? '')).toMatchObject({
    tares: [
      { tareG: 250_000, validTo: tomorrow },
      { tareG: 260_000, validFrom: tomorrow, validTo: null },
    ],
  });
});
