import { hc } from 'hono/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppType } from './app.ts';
import { startTestCloud } from './test-cloud.ts';

interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; schema?: object }[];
  requestBody?: { content: Record<string, { schema?: { properties?: object } }> };
  responses: object;
  security?: object[];
  'x-permission': string;
}
interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  security: object[];
  components: { securitySchemes: object };
}

const password = 'blue horses walk late';
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let whole: ApiDocument;
let operations: { name: string; operation: Operation }[];
const documentAt = async (base: string) =>
  (await cloud.call('GET', `${base}/openapi.json`)).body as ApiDocument;

beforeAll(async () => {
  cloud = await startTestCloud();
  whole = await documentAt('');
  operations = Object.entries(whole.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const namesOf = (fits: (operation: Operation, name: string) => boolean) =>
  operations.filter(({ operation, name }) => fits(operation, name)).map(({ name }) => name);
const takesHeader = ({ parameters = [] }: Operation, header: string) =>
  parameters.some(({ name, in: place }) => place === 'header' && name === header);

test('every route says what it is for, and what each of its parameters looks like', () => {
  expect(operations.length).toBeGreaterThan(100);
  expect(namesOf(({ summary = '' }) => summary === '')).toEqual([]);
  const isBare = ({ schema = {} }: { schema?: object }) => Object.keys(schema).length === 0;
  expect(namesOf(({ parameters = [] }) => parameters.some(isBare))).toEqual([]);
});

test('a route asks for an access token or a key, unless it is open to everybody, and says so', () => {
  expect(whole.security).toEqual([{ accessToken: [] }, { apiKey: [] }]);
  expect(Object.keys(whole.components.securitySchemes)).toEqual(['accessToken', 'apiKey']);
  const open = namesOf(({ 'x-permission': permission }) => permission === 'public');
  expect(namesOf(({ security }) => security?.length === 0)).toEqual(open);
  expect(open).toContain('POST /api/auth/login');
});

test('every area has its own document and page, and in it each of its routes', async () => {
  const areas = new Set(operations.flatMap(({ name }) => /\/api\/[a-z]+(?=\/)/.exec(name) ?? []));
  expect(areas.size).toBeGreaterThanOrEqual(8);
  for (const area of areas) {
    expect((await cloud.app.request(`${area}/docs`)).status, area).toBe(200);
    const paths = Object.keys((await documentAt(area)).paths).map((path) => area + path);
    expect(paths.toSorted()).toEqual(
      Object.keys(whole.paths)
        .filter((path) => path.startsWith(`${area}/`))
        .toSorted(),
    );
  }
});

/** POSTs that create without an Idempotency-Key, each with why it may. */
const createsWithoutKey: Readonly<Record<string, string>> = {
  'POST /api/auth/setup': 'its token is good once: sent again, it is refused and changes nothing',
  'POST /api/auth/totp': 'a secret that is not confirmed counts for nothing, and the next takes its place',
};

test('whatever creates something takes an Idempotency-Key', () => {
  const creates = ({ responses }: Operation, name: string) => name.startsWith('POST') && '201' in responses;
  const bare = namesOf((one, name) => creates(one, name) && !takesHeader(one, 'idempotency-key'));
  expect(bare).toEqual(Object.keys(createsWithoutKey));
});

/** PUTs without If-Match, each with what they have in its place. */
const putsWithoutMatch: Readonly<Record<string, string>> = {
  'PUT /api/fleet/devices/{device}/settings':
    'the body has the version that was seen, which the device has too',
};

test('whatever changes something that others may be changing takes If-Match', () => {
  const bare = namesOf((one, name) => name.startsWith('PUT') && !takesHeader(one, 'if-match'));
  expect(bare).toEqual(Object.keys(putsWithoutMatch));
});

test('a client that has the types of the server signs in and reads a bill', async () => {
  const added = await cloud.call('POST', '/api/auth/users', { name: 'clerk', role: 'billing' });
  const { passwordToken } = added.body as { passwordToken: { token: string } };
  const reset = { token: passwordToken.token, password };
  expect((await cloud.call('POST', '/api/auth/reset', reset)).status).toBe(200);

  const request = async (input: string | URL | Request, init?: RequestInit) => cloud.app.request(input, init);
  const visitor = hc<AppType>('http://localhost', { fetch: request });
  // The route takes either; the types ask for both, and what is sent is the JSON.
  const who = { username: 'clerk', password };
  const answer = await visitor.api.auth.login.$post({ json: who, form: who });
  if (answer.status !== 200) throw new Error(await answer.text());
  const tokens = await answer.json();
  if (!('accessToken' in tokens)) throw new Error('a form was not sent');

  const authorization = `Bearer ${tokens.accessToken}`;
  const client = hc<AppType>('http://localhost', { fetch: request, headers: { authorization } });
  const provider = await client.api.billing.providers.$post({ json: { name: 'Typed Orchards' }, header: {} });
  if (provider.status !== 201) throw new Error(await provider.text());
  const { id } = await provider.json();
  const bill = await client.api.billing.bill[':providerId'].$get({
    param: { providerId: String(id) },
    query: {},
  });
  if (bill.status !== 200) throw new Error(await bill.text());
  const { provider: billed } = await bill.json();
  expect(billed).toEqual({ id, name: 'Typed Orchards' });
});
