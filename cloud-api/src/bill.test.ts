import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestChain, type TestVisit, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-06-15T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
  for (const id of ['orange', 'lemon']) await cloud.call('POST', '/api/billing/produce', { id });
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

let plates = 1000;
const nextPlate = () => `AB-${++plates}`;

async function newProvider(name: string) {
  const { id } = (await cloud.call('POST', '/api/billing/providers', { name })).body as { id: number };
  const truck = nextPlate();
  await cloud.call('POST', '/api/billing/trucks', { id: truck, providerId: id });
  return { id, truck };
}

async function deliver(visit: Partial<TestVisit> & { truck: string }): Promise<string> {
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries({
    produce: 'orange',
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

const setRate = (rate: object) => cloud.call('POST', '/api/billing/rates', rate);
const bill = (id: number, query = '') => cloud.call('GET', `/api/billing/bill/${id}${query}`);

test('a delivery without a rate blocks the bill and is named, and is billed once there is one', async () => {
  const { id, truck } = await newProvider('No rate yet');
  const sessionId = await deliver({ truck, produce: 'lemon' });
  expect(await bill(id)).toMatchObject({
    status: 409,
    body: {
      type: '/problems/bill-blocked',
      status: 409,
      blocked: [{ sessionId, truck, reason: 'no_rate', ticketNo: expect.stringMatching(/^TEST-/) }],
    },
  });
  expect((await bill(id)).headers.get('content-type')).toBe('application/problem+json');
  await setRate({ produce: 'lemon', ratePerKgMinor: '50' });
  expect(await bill(id)).toMatchObject({ status: 200, body: { totalMinor: 350_000 } });
});

test("a bill takes the provider's rate over the one for all, at the very instant it begins and ends", async () => {
  await setRate({ produce: 'orange', ratePerKgMinor: '93.5', validTo: '2026-06-12T00:00:00Z' });
  await setRate({ produce: 'orange', ratePerKgMinor: '100', validFrom: '2026-06-12T00:00:00Z' });
  const { id, truck } = await newProvider('Own rate');
  const own = await setRate({
    produce: 'orange',
    providerId: id,
    ratePerKgMinor: '120.0001',
    validFrom: '2026-06-11T00:00:00Z',
    validTo: '2026-06-13T00:00:00Z',
  });
  expect(own).toMatchObject({ status: 201, body: { ratePerKgMinor: '120.0001', providerId: id } });
  const at = (weighedOutAt: string) =>
    deliver({ truck, weighedOutAt, weighedInAt: '2026-06-01T00:00:00.000Z' });
  const before = await at('2026-06-10T23:59:59.999Z');
  const first = await at('2026-06-11T00:00:00.000Z');
  const last = await at('2026-06-12T23:59:59.999Z');
  const after = await at('2026-06-13T00:00:00.000Z');

  const { status, body } = await bill(id);
  expect(status).toBe(200);
  const said = body as { lines: { ratePerKgMinor: string; sessions: { id: string }[] }[] };
  expect(
    Object.fromEntries(said.lines.map((line) => [line.ratePerKgMinor, line.sessions.map((one) => one.id)])),
  ).toEqual({
    '93.5': [before],
    '120.0001': [first, last],
    '100': [after],
  });
  expect(body).toMatchObject({
    provider: { id, name: 'Own rate' },
    currency: 'ILS',
    from: '20260601000000',
    to: '20260615120000',
    period: { from: '2026-05-31T21:00:00.000Z', to: '2026-06-15T09:00:00.000Z' },
    isComplete: false,
    totalNetKg: 28_000,
    // 7000 x 93.5, 14000 x 120.0001 rounded once, 7000 x 100
    totalMinor: 654_500 + 1_680_001 + 700_000,
    late: [],
  });
});

test('a bill takes what was weighed out from its first instant until before its last, whenever it was weighed in', async () => {
  const { id, truck } = await newProvider('Half-open');
  const inside = await deliver({
    truck,
    weighedInAt: '2026-05-30T00:00:00.000Z',
    weighedOutAt: '2026-06-01T00:00:00.000Z',
  });
  await deliver({ truck, weighedInAt: '2026-06-01T10:00:00.000Z', weighedOutAt: '2026-06-02T00:00:00.000Z' });
  const { body } = await bill(id, '?from=20260601030000&to=2026-06-02T03:00:00%2B03:00');
  expect(body).toMatchObject({
    lines: [{ sessionCount: 1, sessions: [{ id: inside, netKg: 7_000, truck }] }],
  });
  expect((await bill(id, '?from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z')).status).toBe(422);
  expect(await bill(id, '?from=yesterday')).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'from' }] },
  });
});

test('a session is billed once, whatever the device sends again and wherever the produce was said', async () => {
  const { id, truck } = await newProvider('Once only');
  const chain = new TestChain();
  const { opened, closed } = visitEntries({
    truck,
    produce: 'orange',
    inKg: 15_000,
    outKg: 8_000,
    weighedOutAt: '2026-06-10T08:00:00.000Z',
  });
  chain.add(opened);
  chain.add(closed);
  for (let i = 0; i < 3; i += 1) await cloud.ingest(chain);
  expect(await bill(id)).toMatchObject({
    body: { totalNetKg: 7_000, totalMinor: 654_500, lines: [{ sessionCount: 1 }] },
  });
});

test('a pending net blocks the bill', async () => {
  const { id, truck } = await newProvider('Pending');
  const sessionId = await deliver({ truck, containersIn: ['C99'] });
  expect(await bill(id)).toMatchObject({
    status: 409,
    body: { blocked: [{ sessionId, reason: 'pending_net' }] },
  });
});

test('a weighing that was parked blocks the bill of the truck it names', async () => {
  const { id, truck } = await newProvider('Parked');
  const sessionId = await deliver({ truck, inKg: 8_000, outKg: 15_000 });
  expect(await bill(id)).toMatchObject({ status: 409, body: { blocked: [{ sessionId, reason: 'parked' }] } });
});

test('a truck without an owner is listed, and its deliveries are billed once somebody registers it', async () => {
  const { id } = await newProvider('Late owner');
  const truck = nextPlate();
  const sessionId = await deliver({ truck });
  const listed = (await cloud.call('GET', '/api/billing/unbilled')).body as { blocked: object[] };
  expect(listed.blocked).toContainEqual(expect.objectContaining({ sessionId, truck, reason: 'no_owner' }));
  expect((await bill(id)).body).toMatchObject({ totalMinor: 0, lines: [] });

  await cloud.call('POST', '/api/billing/trucks', {
    id: truck.replace('-', ' ').toLowerCase(),
    providerId: id,
  });
  expect((await bill(id)).body).toMatchObject({ lines: [{ sessions: [{ id: sessionId }] }] });
  const after = (await cloud.call('GET', '/api/billing/unbilled')).body as { blocked: object[] };
  expect(after.blocked).not.toContainEqual(expect.objectContaining({ sessionId }));
});

test('a bill for nobody is 404, not an empty bill', async () => {
  expect((await bill(99_999)).status).toBe(404);
});

test('rates of one produce and one provider never hold at the same time', async () => {
  await cloud.call('POST', '/api/billing/produce', { id: 'grape' });
  const rate = {
    produce: 'grape',
    ratePerKgMinor: '7',
    validFrom: '2026-01-01T00:00:00Z',
    validTo: '2026-02-01T00:00:00Z',
  };
  expect((await setRate(rate)).status).toBe(201);
  expect(await setRate({ ...rate, validFrom: '2026-01-31T23:59:59Z', validTo: null })).toMatchObject({
    status: 409,
    body: { type: '/problems/rate-overlaps' },
  });
  expect((await setRate({ ...rate, validFrom: '2026-02-01T00:00:00Z', validTo: null })).status).toBe(201);
  expect(await setRate({ ...rate, produce: 'mango' })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'produce' }] },
  });
  for (const ratePerKgMinor of ['-1', '1e3', '0.00001', 93.5, '']) {
    expect((await setRate({ ...rate, ratePerKgMinor })).status, String(ratePerKgMinor)).toBe(422);
  }
  expect(await setRate({ ...rate, validFrom: rate.validTo, validTo: rate.validFrom })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'validTo', message: 'must be after validFrom' }] },
  });
});

test('sessions are listed by when they were weighed in, page by page, for all trucks or one', async () => {
  const { truck } = await newProvider('Listed');
  const ids: string[] = [];
  for (let hour = 0; hour < 5; hour += 1) {
    ids.push(
      await deliver({
        truck,
        weighedInAt: `2026-03-01T0${hour}:00:00.000Z`,
        weighedOutAt: '2026-03-02T00:00:00.000Z',
      }),
    );
  }
  const list = async (query: string) =>
    (await cloud.call('GET', `/api/weight/sessions?${query}`)).body as {
      items: { id: string }[];
      nextCursor: string;
    };
  const plate = truck.replace('-', '').toLowerCase();
  const day = 'from=2026-03-01T01:00:00Z&to=2026-03-01T04:00:00Z';
  const first = await list(`truck=${plate}&${day}&limit=2`);
  const second = await list(`truck=${plate}&${day}&limit=2&cursor=${first.nextCursor}`);
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.slice(1, 4));
  expect(second.nextCursor).toBeNull();
  expect((await list('truck=ZZ-1')).items).toEqual([]);
});
