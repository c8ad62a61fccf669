import { isoInstant, systemClock } from '@weighgate/protocol';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { billRoutes } from './billing/bill-routes.ts';
import { errorAnswerer } from './http/problem.ts';
import { makeRouter } from './http/router.ts';
import { ingestHello } from './inbox/greet.ts';
import { TestChain, type TestVisit, visitEntries } from './inbox/test-chain.ts';
import type { Database } from './store/schema.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-07-01T09:00:00Z');
const june = 'from=20260601000000&to=20260630235959';
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
  for (const id of ['apples', 'grapes']) await cloud.call('POST', '/api/billing/produce', { id });
  await cloud.call('POST', '/api/billing/rates', { produce: 'apples', ratePerKgMinor: '7' });
  await cloud.call('POST', '/api/billing/rates', { produce: 'grapes', ratePerKgMinor: '93.5' });
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

let plates = 2000;
async function newProvider(name: string) {
  const truck = `PB-${++plates}`;
  const { id } = (await cloud.call('POST', '/api/billing/providers', { name })).body as { id: number };
  await cloud.call('POST', '/api/billing/trucks', { id: truck, providerId: id });
  return { id, truck };
}

async function deliver(truck: string, visit: Partial<TestVisit> = {}): Promise<string> {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries({
    truck,
    produce: 'apples',
    inKg: 15_000,
    outKg: 8_000,
    weighedOutAt: '2026-06-10T08:00:00.000Z',
    ...visit,
  });
  chain.add(opened);
  chain.add(closed);
  await cloud.ingest(chain);
  return sessionId;
}

const bill = (id: number | string, query = june) => cloud.call('GET', `/api/billing/bill/${id}?${query}`);
const greet = (device: string, atMs: number) => {
  const hello = new TestChain(device).hello();
  const parts = { ...testParts, db: cloud.database.db, apply: async () => ({ kind: 'applied' as const }) };
  const clock = { ...testParts.clock, now: () => atMs };
  return ingestHello({ ...hello, at: { ...hello.at, wallMs: atMs, monoMs: atMs } }, { ...parts, clock });
};

test('a bill has every field of the former system, and a delivery that names its produce twice is paid once', async () => {
  const { id, truck } = await newProvider('Farm');
  await cloud.call('POST', '/api/billing/trucks', { id: 'PB-9999', providerId: id });
  await deliver(truck);
  await deliver(truck, { produce: 'grapes', inKg: 8_001 });
  const { status, body } = await bill(id);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: String(id),
    name: 'Farm',
    from: '20260601000000',
    to: '20260630235959',
    truckCount: 2,
    sessionCount: 2,
    products: [
      { product: 'apples', count: '1', amount: 7_000, rate: 7, pay: 49_000 },
      // 1 kg at 93.5 agorot: half an agora goes up.
      { product: 'grapes', count: '1', amount: 1, rate: '93.5', pay: 94 },
    ],
    total: 49_094,
    isComplete: true,
    period: { from: '2026-05-31T21:00:00.000Z', to: '2026-06-30T21:00:00.000Z' },
  });
});

test('a session that straddles two months is on the bill of the month it was weighed out in, and on no other', async () => {
  const { id, truck } = await newProvider('Straddling');
  await deliver(truck, {
    weighedInAt: '2026-05-31T20:30:00.000Z',
    weighedOutAt: '2026-05-31T21:00:00.000Z',
  });
  expect((await bill(id, 'from=20260501000000&to=20260531235959')).body).toMatchObject({ total: 0 });
  expect((await bill(id)).body).toMatchObject({ total: 49_000, sessionCount: 1 });
});

test('an end of fourteen digits names a second that is in the period to its last millisecond', async () => {
  const { id, truck } = await newProvider('Inclusive');
  await deliver(truck, { weighedOutAt: '2026-06-30T20:59:59.999Z' });
  await deliver(truck, { weighedOutAt: '2026-06-30T21:00:00.000Z' });
  expect((await bill(id)).body).toMatchObject({ sessionCount: 1 });
  expect((await bill(id, 'from=20260630235959&to=20260630235959')).body).toMatchObject({ sessionCount: 1 });
  const iso = 'from=2026-06-30T20:59:59Z&to=2026-06-30T20:59:59.999Z';
  expect((await bill(id, iso)).body).toMatchObject({ sessionCount: 0 });
});

test.each(['from=yesterday', 'from=20261301000000', 'to=', 'from=20260630000000&to=20260601000000'])(
  'a period that cannot be read is refused, not answered with a bill of zero: %s',
  async (query) => {
    const { id } = await newProvider(`Period ${query}`);
    expect((await bill(id, query)).status).toBe(422);
  },
);

test('a pending net names the containers it waits for', async () => {
  const { id, truck } = await newProvider('Waiting');
  const sessionId = await deliver(truck, { containersIn: ['C99'] });
  expect(await bill(id)).toMatchObject({
    status: 409,
    body: { blocked: [{ sessionId, reason: 'pending_net', waitingFor: ['C99'] }] },
  });
});

test('an amount that no JSON number holds is exact, as text', async () => {
  const { id, truck } = await newProvider('Rich');
  const rate = { produce: 'apples', providerId: id, ratePerKgMinor: '99999999999999.9999' };
  await cloud.call('POST', '/api/billing/rates', rate);
  await deliver(truck);
  // 7,000 kg x 99,999,999,999,999.9999 = 699,999,999,999,999,999.3
  expect((await bill(id)).body).toMatchObject({ total: '699999999999999999' });
});

test('a truck without an owner keeps the bill of a period that is over from being made, unless that is accepted', async () => {
  const { id, truck } = await newProvider('Beside a stranger');
  await deliver(truck, { weighedOutAt: '2026-04-02T08:00:00.000Z' });
  const stranger = await deliver('ZZ-404', { weighedOutAt: '2026-04-03T08:00:00.000Z' });
  const april = 'from=20260401000000&to=20260430235959';
  const noOwner = [expect.objectContaining({ sessionId: stranger, truck: 'ZZ-404', reason: 'no_owner' })];
  expect(await bill(id, april)).toMatchObject({
    status: 409,
    body: { type: '/problems/bill-blocked', blocked: [], mayBeMissing: { notReported: [], noOwner } },
  });
  expect(await bill(id, `${april}&incomplete=allow`)).toMatchObject({
    status: 200,
    body: { total: 49_000, isComplete: false, mayBeMissing: { noOwner } },
  });
});

test('a device that has not reported up to the end of the period keeps the bill from being made, unless that is accepted', async () => {
  const { id, truck } = await newProvider('Far away');
  await deliver(truck);
  const endMs = Date.parse('2026-06-30T21:00:00Z');
  await greet('far-1', endMs - 1);
  const notReported = [{ device: 'far-1', site: null, reportedUpTo: isoInstant(endMs - 1) }];
  const refused = await bill(id);
  expect(refused).toMatchObject({ status: 409, body: { blocked: [], mayBeMissing: { notReported } } });
  expect((refused.body as { detail: string }).detail).toContain('1 devices have not reported');
  expect(await bill(id, `${june}&incomplete=allow`)).toMatchObject({
    status: 200,
    body: { isComplete: false, mayBeMissing: { notReported } },
  });
  // A period that is not over is answered as far as it has come.
  expect(await bill(id, 'from=20260601000000')).toMatchObject({ status: 200, body: { isComplete: false } });
  await greet('far-1', endMs);
  expect(await bill(id)).toMatchObject({ status: 200, body: { isComplete: true } });
});

test('a database that does not answer is 503 with when to ask again, never a bill of zero', async () => {
  // Nobody listens on port 1.
  const pool = new Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const router = makeRouter();
  router.onError(errorAnswerer(pino({ level: 'silent' })));
  router.use((c, next) => {
    c.set('caller', {
      kind: 'key',
      id: 'k',
      name: 'test',
      role: null,
      permissions: new Set(),
      providerId: null,
      sessionId: null,
    });
    return next();
  });
  router.route('/', billRoutes({ db, clock: systemClock, timeZone: 'Asia/Jerusalem', currency: 'ILS' }));
  for (const path of ['/bill/10001', '/unbilled']) {
    const answer = await router.request(path);
    expect(answer.status, path).toBe(503);
    expect(Number(answer.headers.get('retry-after')), path).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ type: '/problems/data-not-available' });
  }
  await db.destroy();
});
