import { afterAll, beforeAll, expect, test } from 'vitest';
import { rateLimiter } from '../http/rate-limiter.ts';
import { type RateTiers, usualTiers } from '../http/rate-tiers.ts';
import { makeRouter } from '../http/router.ts';
import { makeSeal } from '../identity/sealed.ts';
import type { OpenDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { candidateRoutes } from './candidate-routes.ts';
import { applyRoutes } from './pages/apply-routes.ts';

let database: OpenDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

/** The public way in, under limits of its own. */
function makeWayIn(tiers: Partial<RateTiers> = {}) {
  const parts = {
    ...testParts,
    db: database.db,
    limiter: rateLimiter({ ...usualTiers, ...tiers }, undefined),
    seal: makeSeal('test', testParts.randomBytes),
    noticesTo: [],
    timeZone: 'UTC',
  };
  const app = makeRouter();
  app.use((c, next) => {
    c.set('requestId', 'request-1');
    c.set('nonce', 'nonce');
    c.set('clientAddress', c.req.header('x-from') ?? '198.51.100.1');
    return next();
  });
  app.route('/api/provider', candidateRoutes(parts)).route('/', applyRoutes(parts));
  let sent = 0;
  return (from: string, said: object = {}) => {
    sent += 1;
    const body = {
      company_name: 'Many Orchards',
      contact_email: `limit${sent}@example.com`,
      products: ['apples'],
      truck_count: 1,
      capacity_tons_per_day: 1,
      ...said,
    };
    const form = new URLSearchParams(
      Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const send = (path: string, type: string, text: string) =>
      app.request(path, { method: 'POST', headers: { 'content-type': type, 'x-from': from }, body: text });
    return {
      byApi: () => send('/api/provider/candidates', 'application/json', JSON.stringify(body)),
      byPage: () => send('/apply', 'application/x-www-form-urlencoded', form.toString()),
    };
  };
}
const countStored = async () =>
  (await database.db.selectFrom('applications').select('reference').execute()).length;

test('one address sends twenty applications an hour, by API and page together; the next is told when to come again', async () => {
  const send = makeWayIn();
  const before = await countStored();
  for (let count = 0; count < 10; count += 1) {
    expect((await send('198.51.100.1').byApi()).status).toBe(201);
    expect((await send('198.51.100.1').byPage()).status).toBe(303);
  }
  const byApi = await send('198.51.100.1').byApi();
  expect(byApi.status).toBe(429);
  expect(Number(byApi.headers.get('retry-after'))).toBeGreaterThan(3_500);
  const byPage = await send('198.51.100.1').byPage();
  expect(byPage.status).toBe(429);
  expect(await byPage.text()).toMatch(/<div class="faults" role="alert"[\s\S]*60/);
  expect(await countStored()).toBe(before + 20);
  expect((await send('198.51.100.2').byApi()).status).toBe(201);
});

test('what is not valid is not counted: who mistypes is not locked out', async () => {
  const send = makeWayIn({ application: [{ requests: 1, seconds: 3_600 }] });
  for (let count = 0; count < 5; count += 1) {
    expect((await send('198.51.100.3', { truck_count: 0 }).byApi()).status).toBe(422);
    expect((await send('198.51.100.3', { products: ['melons'] }).byApi()).status).toBe(422);
  }
  expect((await send('198.51.100.3').byApi()).status).toBe(201);
  expect((await send('198.51.100.3').byApi()).status).toBe(429);
});

test('all addresses together have a limit, and one address alone cannot use it up', async () => {
  const send = makeWayIn({
    application: [{ requests: 3, seconds: 3_600 }],
    applications: [{ requests: 5, seconds: 3_600 }],
  });
  const statuses = async (from: string, times: number) => {
    const all: number[] = [];
    for (let count = 0; count < times; count += 1) all.push((await send(from).byApi()).status);
    return all;
  };
  expect(await statuses('198.51.100.4', 8)).toEqual([201, 201, 201, 429, 429, 429, 429, 429]);
  expect(await statuses('198.51.100.5', 2)).toEqual([201, 201]);
  expect(await statuses('198.51.100.6', 1)).toEqual([429]);
});

test('two addresses of one household with IPv6 are one', async () => {
  const send = makeWayIn({ application: [{ requests: 1, seconds: 3_600 }] });
  expect((await send('2001:db8:1:2::1').byApi()).status).toBe(201);
  expect((await send('2001:db8:1:2::ffff').byApi()).status).toBe(429);
  expect((await send('2001:db8:1:3::1').byApi()).status).toBe(201);
});
