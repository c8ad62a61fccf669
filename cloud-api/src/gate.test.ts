import { afterAll, beforeAll, expect, test } from 'vitest';
import { listRoutes } from './http/route-list.ts';
import { makeRouter } from './http/router.ts';
import { permissionsOf, roles } from './identity/role.ts';
import { startTestCloud } from './test-cloud.ts';

const password = 'blue horses walk late';
const UUID = '01890000-0000-7000-8000-000000000000';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
const tokens = new Map<string, string>();
let ownProvider: number;
let otherProvider: number;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const inAYear = () => new Date(cloud.identity.parts.clock.now() + 300 * 86_400_000).toISOString();

beforeAll(async () => {
  cloud = await startTestCloud();
  const provider = async (name: string) =>
    ((await cloud.call('POST', '/api/billing/providers', { name })).body as { id: number }).id;
  ownProvider = await provider('Own Orchards');
  otherProvider = await provider('Other Orchards');
  for (const role of roles) {
    const providerId = role === 'provider' ? ownProvider : null;
    const name = `${role} person`;
    const added = await cloud.call('POST', '/api/auth/users', { name, role, providerId });
    const { passwordToken } = added.body as { passwordToken: { token: string } };
    await cloud.call('POST', '/api/auth/reset', { token: passwordToken.token, password });
    const login = await cloud.call('POST', '/api/auth/login', { username: name, password });
    tokens.set(role, (login.body as { accessToken: string }).accessToken);
  }
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

/** A request that the gate decides on, and that changes nothing when it is let through: nothing in it is valid. */
const ask = async (method: string, path: string, headers: Record<string, string>) => {
  const filled = path.replaceAll(/\{[^}]+\}/g, UUID);
  const body = method === 'GET' || method === 'DELETE' ? undefined : { surely: 'not valid' };
  return (await cloud.call(method, filled, body, headers)).status;
};

test('every route lets in the roles of the table and refuses all others, before it reads the request', async () => {
  const routes = listRoutes(cloud.app).filter(({ access }) => access !== 'public');
  expect(routes.length).toBeGreaterThan(50);
  for (const { method, path, access, isOwnData } of routes) {
    expect(await ask(method, path, { authorization: '' }), `${method} ${path} as nobody`).toBe(401);
    // Signing out would end the session that the next routes need.
    if (path.endsWith('/logout')) continue;
    for (const role of roles) {
      const holds = access !== 'public' && permissionsOf(role).has(access);
      const isLetIn = holds && (role !== 'provider' || isOwnData);
      const status = await ask(method, path, bearer(tokens.get(role) ?? ''));
      expect(status !== 403, `${method} ${path} as ${role}: ${status}`).toBe(isLetIn);
      expect(status, `${method} ${path} as ${role}`).not.toBe(401);
    }
  }
}, 120_000);

test('an auditor changes nothing: no permission but to read, and the own account', () => {
  const held = [...permissionsOf('auditor')];
  expect(held.filter((one) => !one.endsWith('.read'))).toEqual(['account.own']);
});

test('a route without a permission is refused when the program starts', () => {
  const app = makeRouter();
  app.openAPIRegistry.registerPath({ method: 'get', path: '/api/open', responses: {} });
  expect(() => listRoutes(app)).toThrow('get /api/open declares no permission');
});

test('what is served without being in the list of routes is answered 404, even to an administrator', async () => {
  const answer = await cloud.call('GET', '/api/nothing', undefined, bearer(tokens.get('admin') ?? ''));
  expect(answer.status).toBe(404);
});

test('a provider sees the own bill, and not that there is another provider', async () => {
  const headers = bearer(tokens.get('provider') ?? '');
  const bill = (id: number) => cloud.call('GET', `/api/billing/bill/${id}`, undefined, headers);
  expect(await bill(ownProvider)).toMatchObject({
    status: 200,
    body: { provider: { name: 'Own Orchards' } },
  });
  expect((await bill(otherProvider)).status).toBe(404);
  expect((await bill(99_999)).status).toBe(404);
});

test('an API key does what it was made for, shows its last use, and nothing after it was revoked', async () => {
  const wish = { name: 'scale reader', permissions: ['sessions.read'], expiresAt: inAYear() };
  const made = (await cloud.call('POST', '/api/auth/keys', wish)).body as { id: string; key: string };
  const headers = bearer(made.key);
  expect((await cloud.call('GET', '/api/weight/sessions', undefined, headers)).status).toBe(200);
  expect((await cloud.call('GET', '/api/billing/providers', undefined, headers)).status).toBe(403);
  const listed = await cloud.call('GET', '/api/auth/keys');
  expect((listed.body as { items: object[] }).items).toContainEqual(
    expect.objectContaining({ id: made.id, lastUsedAt: expect.any(String), prefix: made.key.slice(0, 10) }),
  );
  expect(JSON.stringify(listed.body)).not.toContain(made.key);
  const stored = await cloud.database.db.selectFrom('api_keys').selectAll().execute();
  expect(JSON.stringify(stored)).not.toContain(made.key);
  expect((await cloud.call('POST', `/api/auth/keys/${made.id}/revoke`, {})).status).toBe(200);
  expect((await cloud.call('GET', '/api/weight/sessions', undefined, headers)).status).toBe(401);
});

test('a key holds at most what its maker holds, and lives at most a year', async () => {
  const wish = { name: 'key maker', permissions: ['keys.write'], expiresAt: inAYear() };
  const { key } = (await cloud.call('POST', '/api/auth/keys', wish)).body as { key: string };
  const more = { ...wish, permissions: ['keys.write', 'rates.write'] };
  expect((await cloud.call('POST', '/api/auth/keys', more, bearer(key))).status).toBe(403);
  const late = { ...wish, expiresAt: '2126-01-01T00:00:00.000Z' };
  expect((await cloud.call('POST', '/api/auth/keys', late)).status).toBe(422);
});
