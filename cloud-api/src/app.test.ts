import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const problem = (status: number, code: string, detail = '') => ({
  type: `/problems/${code}`,
  title: expect.any(String),
  status,
  detail: expect.stringContaining(detail),
  requestId: expect.any(String),
});

test('without the key, or with another one, nothing is answered but how to send it', async () => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${TEST_API_KEY}` }]) {
    for (const path of [
      '/api/billing/providers',
      '/api/weight/sessions',
      '/api/fleet/devices',
      '/api/nothing',
    ]) {
      const answer = await cloud.app.request(path, { headers });
      expect(answer.status, path).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="weighgate"');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toEqual({
        ...problem(401, 'unauthorized'),
        title: expect.stringContaining('API key'),
      });
    }
  }
});

test('a wrong body is answered with the names of the fields that are wrong', async () => {
  const { status, body } = await cloud.call('POST', '/api/billing/trucks', { id: '!', colour: 'red' });
  expect(status).toBe(422);
  expect(body).toEqual({
    ...problem(422, 'invalid-request', 'providerId'),
    errors: expect.arrayContaining([
      { path: 'id', message: expect.stringContaining('must be 1 to 20 letters') },
      { path: 'providerId', message: expect.any(String) },
      { path: 'colour', message: 'is not a known field' },
    ]),
  });
  expect((await cloud.call('POST', '/api/billing/providers', '{"name": ')).status).toBe(400);
  expect((await cloud.call('POST', '/api/billing/providers')).status).toBeGreaterThanOrEqual(400);
  expect(await cloud.call('GET', '/api/billing/providers?limit=501')).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'limit', message: 'must be a whole number from 1 to 500' }] },
  });
  expect(await cloud.call('GET', '/api/billing/providers?limits=5')).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'limits', message: 'is not a known field' }] },
  });
});

test('what is not there is said in words', async () => {
  expect(await cloud.call('GET', '/api/nothing')).toMatchObject({
    status: 404,
    body: problem(404, 'not-found', 'GET /api/nothing'),
  });
  expect(await cloud.call('GET', '/api/billing/providers/99999')).toMatchObject({
    status: 404,
    body: problem(404, 'not-found', 'there is no provider 99999'),
  });
  const session = '01890000-0000-7000-8000-000000000000';
  expect((await cloud.call('GET', `/api/weight/session/${session}`)).status).toBe(404);
  expect((await cloud.call('GET', `/api/weight/session/${session}/evidence`)).status).toBe(404);
  expect((await cloud.call('GET', '/api/weight/session/1')).status).toBe(422);
});

test('a body beyond one megabyte is refused', async () => {
  const answer = await cloud.call('POST', '/api/billing/providers', { name: 'x'.repeat(1024 * 1024) });
  expect(answer).toMatchObject({ status: 413, body: problem(413, 'body-too-large') });
});

test('a request keeps the id its caller gave it when that is sane, and else gets one', async () => {
  expect(
    (await cloud.call('GET', '/health/live', undefined, { 'x-request-id': 'call-0001' })).headers.get(
      'x-request-id',
    ),
  ).toBe('call-0001');
  for (const bad of ['short', 'with blank 12345', 'x'.repeat(65)]) {
    const given = (await cloud.call('GET', '/health/live', undefined, { 'x-request-id': bad })).headers.get(
      'x-request-id',
    );
    expect(given).toMatch(/^[0-9a-f-]{36}$/);
  }
  const refused = await cloud.call('GET', '/api/nothing', undefined, { 'x-request-id': 'call-0002' });
  expect(refused.body).toMatchObject({ requestId: 'call-0002' });
});

test('health says what is up, and is not ready while the inbox hears no broker', async () => {
  expect(await cloud.call('GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  cloud.setInboxConnected(false);
  expect(await cloud.call('GET', '/health/ready')).toMatchObject({
    status: 503,
    body: { status: 'not_ready', parts: { database: 'up', inbox: 'down' } },
  });
  expect((await cloud.call('GET', '/health/live')).status).toBe(200);
  cloud.setInboxConnected(true);
});

test('the API explains itself, whole and by part, without a network', async () => {
  for (const [base, path] of [
    ['', '/api/billing/bill/{providerId}'],
    ['/api/billing', '/bill/{providerId}'],
    ['/api/weight', '/session/{id}'],
    ['/api/fleet', '/devices'],
  ]) {
    const page = await cloud.app.request(`${base}/docs`);
    const html = await page.text();
    expect(html).toContain('swagger-ui');
    expect(html).not.toMatch(/https?:\/\//);
    for (const [, file] of html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
      expect((await cloud.app.request(`${base}/${file}`)).status, file).toBe(200);
    }
    const document = (await (await cloud.app.request(`${base}/openapi.json`)).json()) as {
      openapi: string;
      paths: object;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(document.paths).toHaveProperty([path ?? '']);
  }
});

test('provider ids count from 10001, and a name is taken whatever its case', async () => {
  const first = await cloud.call('POST', '/api/billing/providers', { name: ' Ein Gedi Orchards ' });
  expect(first).toMatchObject({ status: 201, body: { name: 'Ein Gedi Orchards' } });
  const { id } = first.body as { id: number };
  expect(id).toBeGreaterThanOrEqual(10001);
  expect(await cloud.call('GET', `/api/billing/providers/${id}`)).toMatchObject({
    status: 200,
    body: { id },
  });
  expect(await cloud.call('POST', '/api/billing/providers', { name: 'EIN GEDI ORCHARDS' })).toMatchObject({
    status: 409,
    body: problem(409, 'provider-name-taken', 'EIN GEDI ORCHARDS'),
  });
  for (const name of ['', '   ', 'a\nb', 'x'.repeat(256), null, 7]) {
    expect((await cloud.call('POST', '/api/billing/providers', { name })).status, String(name)).toBe(422);
  }
});

test('of many who take the same name at once, one gets it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => cloud.call('POST', '/api/billing/providers', { name: 'Contested' })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
});

test('a truck belongs to a provider that exists, and is one truck however its plate is typed', async () => {
  const provider = (await cloud.call('POST', '/api/billing/providers', { name: 'Truck owner' })).body as {
    id: number;
  };
  const truck = { id: '12-345-67', providerId: provider.id };
  expect(await cloud.call('POST', '/api/billing/trucks', truck)).toMatchObject({ status: 201, body: truck });
  expect(await cloud.call('POST', '/api/billing/trucks', { ...truck, id: '1234567' })).toMatchObject({
    status: 409,
    body: problem(409, 'truck-taken'),
  });
  expect(await cloud.call('GET', '/api/billing/trucks/12%20345%2067')).toMatchObject({
    status: 200,
    body: truck,
  });
  expect(await cloud.call('POST', '/api/billing/trucks', { id: '99', providerId: 99_999 })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'providerId', message: 'there is no provider 99999' }] },
  });
});

test('a container has a tare in kilograms down to the gram', async () => {
  expect(await cloud.call('POST', '/api/weight/containers', { id: 'C-1', tareKg: 0.29 })).toMatchObject({
    status: 201,
    body: { id: 'C-1', tareKg: 0.29, measured: false },
  });
  for (const tareKg of [-1, 0.0001, '5', null, 1e9]) {
    expect(
      (await cloud.call('POST', '/api/weight/containers', { id: 'C-2', tareKg })).status,
      String(tareKg),
    ).toBe(422);
  }
  expect((await cloud.call('POST', '/api/weight/containers', { id: 'C-1', tareKg: 1 })).status).toBe(409);
});

test('a list is read page by page without a gap or a repetition', async () => {
  for (let i = 0; i < 7; i += 1) await cloud.call('POST', '/api/billing/produce', { id: `fruit ${i}` });
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await cloud.call('GET', `/api/billing/produce?limit=3${after}`);
    const page = body as { items: { id: string }[]; nextCursor: string | null };
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(seen.filter((id) => id.startsWith('fruit '))).toEqual(
    Array.from({ length: 7 }, (_, i) => `fruit ${i}`),
  );
  expect(await cloud.call('GET', '/api/billing/produce?cursor=nonsense')).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'cursor' }] },
  });
});

test('the same key with the same body is done once and answered the same; with another body it is refused', async () => {
  const key = { 'idempotency-key': 'key-1' };
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => cloud.call('POST', '/api/billing/providers', { name: 'Once' }, key)),
  );
  const [first] = answers;
  for (const answer of answers) expect(answer).toMatchObject({ status: 201, body: first?.body });
  expect(await cloud.call('POST', '/api/billing/providers', { name: 'Twice' }, key)).toMatchObject({
    status: 422,
    body: problem(422, 'idempotency-key-reused'),
  });
  // A key belongs to its route.
  expect((await cloud.call('POST', '/api/billing/produce', { id: 'once' }, key)).status).toBe(201);
  expect(
    (await cloud.call('POST', '/api/billing/produce', { id: 'x' }, { 'idempotency-key': 'a b' })).status,
  ).toBe(422);
});

test('a failure of ours says nothing of its inside', async () => {
  await cloud.database.pool.query('alter table produce rename to produce_gone');
  try {
    const answer = await cloud.call('GET', '/api/billing/produce');
    expect(answer).toMatchObject({ status: 500, body: problem(500, 'internal-error', 'requestId') });
    expect(JSON.stringify(answer.body)).not.toMatch(/produce|select|relation|at /);
  } finally {
    await cloud.database.pool.query('alter table produce_gone rename to produce');
  }
});
