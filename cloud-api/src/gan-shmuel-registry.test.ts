import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-06-15T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) =>
  cloud.call(method, `/api/billing${path}`, body);
let names = 0;
async function newProvider(): Promise<number> {
  names += 1;
  return ((await call('POST', '/provider', { name: `Farm ${names}` })).body as { id: number }).id;
}

describe('POST /provider', () => {
  test('registers under the next number from 10001 on', async () => {
    expect(await call('POST', '/provider', { name: 'First' })).toMatchObject({
      status: 201,
      body: { id: 10_001, name: 'First' },
    });
    expect((await call('POST', '/provider', { name: 'First' })).body).toMatchObject({
      status: 409,
      detail: 'Provider name must be unique',
    });
    expect((await call('POST', '/provider', { name: ' fIRST ' })).status).toBe(409);
  });

  test('of fifty at one time with one name, one is registered', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call('POST', '/provider', { name: 'Race' })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
  });

  test.each([
    [{}],
    [{ name: '' }],
    [{ name: ' \n ' }],
    [{ name: 'a\nb' }],
    [{ name: 'x'.repeat(256) }],
    [{ name: 5 }],
  ])('refuses %j', async (body) => {
    expect((await call('POST', '/provider', body)).status).toBe(422);
  });
});

describe('PUT /provider/{id}', () => {
  test('renames; the same name again is no clash, that of another is', async () => {
    const [id, other] = [await newProvider(), await newProvider()];
    const put = (name: string, of: number | string = id) => call('PUT', `/provider/${of}`, { name });
    expect(await put('Renamed')).toMatchObject({ status: 200, body: { id, name: 'Renamed' } });
    expect(await put('Renamed')).toMatchObject({ status: 200 });
    expect(await put('renamed', other)).toMatchObject({
      status: 409,
      body: { detail: 'Provider name must be unique' },
    });
    for (const unknown of ['0', '-1', '99999']) {
      expect(await put('Nobody', unknown)).toMatchObject({
        status: 404,
        body: { detail: 'Provider not found' },
      });
    }
    expect((await put('Nobody', 'abc')).status).toBe(422);
  });
});

describe('POST and PUT /truck', () => {
  test('registers, gives to another provider, and names what is not there', async () => {
    const [one, two] = [await newProvider(), await newProvider()];
    const registered = { id: '11-222-33', provider_id: one };
    expect(await call('POST', '/truck', registered)).toMatchObject({ status: 201, body: registered });
    expect(await call('POST', '/truck', { id: '1122233', provider_id: two })).toMatchObject({
      status: 201,
      body: { id: '11-222-33', provider_id: two },
    });
    expect(await call('PUT', '/truck/11 222 33', { provider_id: one })).toMatchObject({
      status: 200,
      body: { id: '11-222-33', provider_id: one },
    });
    for (const [method, path, body] of [
      ['POST', '/truck', { id: '99', provider_id: 99_999 }],
      ['PUT', '/truck/11-222-33', { provider_id: 99_999 }],
    ] as const) {
      expect(await call(method, path, body)).toMatchObject({
        status: 404,
        body: { detail: 'Provider not found' },
      });
    }
    expect(await call('PUT', '/truck/nowhere', { provider_id: 99_999 })).toMatchObject({
      status: 404,
      body: { detail: 'Truck not found' },
    });
    expect((await call('POST', '/truck', { id: '', provider_id: one })).status).toBe(422);
    expect((await call('PUT', '/truck/11-222-33', {})).status).toBe(422);
  });

  test('a new owner owns from now on: what was delivered before stays with the one before', async () => {
    const [one, two] = [await newProvider(), await newProvider()];
    await call('POST', '/truck', { id: 'SOLD', provider_id: one });
    await call('PUT', '/truck/SOLD', { provider_id: two });
    expect((await call('GET', '/trucks/SOLD')).body).toMatchObject({
      owners: [
        { providerId: one, validFrom: null, validTo: '2026-06-15T09:00:00.000Z' },
        { providerId: two, validFrom: '2026-06-15T09:00:00.000Z', validTo: null },
      ],
    });
  });
});

describe('GET /truck/{id}', () => {
  const visits = { may: '', june: '' };
  beforeAll(async () => {
    await call('POST', '/truck', { id: '77-421-03', provider_id: 10_001 });
    const chain = new TestChain();
    for (const [name, weighedOutAt, outKg] of [
      ['may', '2026-05-20T08:00:00.000Z', 8_000],
      ['june', '2026-06-10T08:00:00.000Z', 7_900],
    ] as const) {
      const visit = visitEntries({ truck: '77 421 03', produce: null, inKg: 15_000, outKg, weighedOutAt });
      chain.add(visit.opened);
      chain.add(visit.closed);
      visits[name] = visit.sessionId;
    }
    await cloud.ingest(chain);
  });

  test('shows the last known tare, and the sessions of this month unless asked otherwise', async () => {
    expect(await call('GET', '/truck/7742103')).toMatchObject({
      status: 200,
      body: { id: '77-421-03', tara: 7_900, sessions: [visits.june] },
    });
  });

  test('listens to from and to, each to its second', async () => {
    const asked = async (query: string) => (await call('GET', `/truck/77-421-03?${query}`)).body;
    expect(await asked('from=20260501000000&to=20260531000000')).toEqual({
      id: '77-421-03',
      tara: 8_000,
      sessions: [visits.may],
    });
    expect(await asked('from=20260701000000')).toMatchObject({ sessions: [] });
    const { weighedInAt } = (await cloud.call('GET', `/api/weight/session/${visits.may}`)).body as {
      weighedInAt: string;
    };
    const digits = new Date(Date.parse(weighedInAt) + 3 * 3_600_000)
      .toISOString()
      .replace(/\D/g, '')
      .slice(0, 14);
    expect(await asked(`from=${digits}&to=${digits}`)).toMatchObject({ sessions: [visits.may] });
  });

  test('refuses what is no time, and knows no truck that nobody registered', async () => {
    for (const query of ['from=yesterday', 'to=20261301000000', 'from_=20260501000000']) {
      expect((await call('GET', `/truck/77-421-03?${query}`)).status, query).toBe(422);
    }
    expect(await call('GET', '/truck/00-000-00')).toMatchObject({
      status: 404,
      body: { detail: 'Truck not found' },
    });
  });

  test('a truck that was never weighed out has no tare, not one of zero', async () => {
    await call('POST', '/truck', { id: 'NEW-1', provider_id: 10_001 });
    expect((await call('GET', '/truck/NEW-1')).body).toEqual({ id: 'NEW-1', tara: 'na', sessions: [] });
  });
});
