import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn } from './identity/sign-in.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

const password = 'blue horses walk late';
const SAMPLES = 100;
const DAY_MS = 86_400_000;

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

async function addUser(name: string): Promise<string> {
  const { body } = await cloud.call('POST', '/api/auth/users', { name, role: 'viewer' });
  const { id, passwordToken } = body as { id: string; passwordToken: { token: string } };
  const reset = { token: passwordToken.token, password };
  expect((await cloud.call('POST', '/api/auth/reset', reset)).status).toBe(200);
  return id;
}

test('signing in from another device or place is in the audit, and from the same one is not news', async () => {
  const id = await addUser('traveller');
  const signInFrom = async (userAgent: string, address: string) => {
    const wish = { name: 'traveller', password, code: undefined };
    const signedIn = await signIn(wish, { userAgent, address }, cloud.identity.parts);
    expect(signedIn.kind).toBe('signed_in');
  };
  const newDevices = async () => {
    const { body } = await cloud.call('GET', `/api/auth/events?user=${id}`);
    const { items } = body as { items: { kind: string; address: string; device: string }[] };
    return items
      .filter(({ kind }) => kind === 'new_device')
      .map(({ device, address }) => `${device} ${address}`);
  };
  await signInFrom('office browser', '192.0.2.1');
  await signInFrom('office browser', '192.0.2.1');
  expect(await newDevices()).toEqual([]);
  await signInFrom('telephone', '192.0.2.1');
  await signInFrom('office browser', '203.0.113.5');
  expect(await newDevices()).toEqual(['office browser 203.0.113.5', 'telephone 192.0.2.1']);
});

test('a name that no user can have is refused like any other that is not known', async () => {
  for (const username of ['\u0000', 'a\u0000b', '\ud800', '\u202e']) {
    const answer = await cloud.call('POST', '/api/auth/login', { username, password }, { authorization: '' });
    expect(answer.status, JSON.stringify(username)).toBe(401);
  }
  const nobodys = '/api/auth/users/01890000-0000-7000-8000-000000000000/end-sessions';
  expect((await cloud.call('POST', nobodys)).status).toBe(404);
});

test('an administrator who saw the user as it was before somebody else’s change is told, and changes nothing', async () => {
  const id = await addUser('two-admins');
  const path = `/api/auth/users/${id}`;
  const etag = async () => {
    const { body } = await cloud.call('GET', '/api/auth/users');
    return (body as { items: { id: string; etag: string }[] }).items.find((one) => one.id === id)?.etag ?? '';
  };
  const seen = await etag();
  expect((await cloud.call('PUT', path, { role: 'weigher' })).status).toBe(428);
  const first = await cloud.call('PUT', path, { role: 'weigher' }, { 'if-match': seen });
  expect(first.status).toBe(200);
  expect(first.headers.get('etag')).toBe(await etag());
  const second = await cloud.call('PUT', path, { role: 'supervisor' }, { 'if-match': seen });
  expect(second.status).toBe(412);
  expect(second.headers.get('etag')).toBe(await etag());
});

test('a user, a key or a token asked for twice under one key is made once, and its secret is answered again', async () => {
  const headers = { 'idempotency-key': 'asked-twice-1' };
  const expiresAt = new Date(testParts.clock.now() + 30 * DAY_MS).toISOString();
  const requests = [
    ['/api/auth/users', { name: 'twice', role: 'viewer' }],
    ['/api/auth/keys', { name: 'twice', permissions: ['sessions.read'], expiresAt }],
    ['/api/fleet/enrolment-tokens', { site: 'DEMO' }],
  ] as const;
  for (const [path, body] of requests) {
    const first = await cloud.call('POST', path, body, headers);
    expect(first.status, path).toBe(201);
    expect(await cloud.call('POST', path, body, headers), path).toMatchObject({
      status: 201,
      body: first.body as object,
    });
    const secret = /"(?:token|key)":"([^"]+)"/.exec(JSON.stringify(first.body))?.[1] ?? '';
    const kept = await cloud.database.db.selectFrom('idempotency_keys').select('response').execute();
    expect(secret.length).toBeGreaterThan(20);
    expect(JSON.stringify(kept)).not.toContain(secret);
  }
  const other = await cloud.call('POST', '/api/auth/users', { name: 'other', role: 'viewer' }, headers);
  expect(other.status).toBe(422);
});

test('a provider who asks for the sessions of another is told that they are not theirs', async () => {
  const providerOf = async (name: string) =>
    ((await cloud.call('POST', '/api/billing/providers', { name })).body as { id: number }).id;
  const [own, other] = [await providerOf('Own'), await providerOf('Other')];
  const expiresAt = new Date(testParts.clock.now() + 30 * DAY_MS).toISOString();
  const wish = { name: 'of own', permissions: ['sessions.read'], providerId: own, expiresAt };
  const { key } = (await cloud.call('POST', '/api/auth/keys', wish)).body as { key: string };
  const ask = (query: string) =>
    cloud.call('GET', `/api/weight/sessions${query}`, undefined, { authorization: `Bearer ${key}` });
  expect((await ask(`?providerId=${own}`)).status).toBe(200);
  expect((await ask(`?providerId=${other}`)).status).toBe(422);
  expect((await ask('?produce=orange')).status).toBe(422);
});

const middleOf = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

// The last of the file: it turns the clock on, and what it leaves behind lies ahead of all others.
test('H17: how long a refusal takes does not tell whether there is such a user', async () => {
  await addUser('known');
  const disabled = await addUser('disabled');
  const change = { disabled: true };
  await cloud.call('PUT', `/api/auth/users/${disabled}`, change, { 'if-match': '*' });
  // Each attempt comes a day after the last, from another place, so that nobody is made to wait.
  let nowMs = testParts.clock.now();
  const parts = { ...cloud.identity.parts, clock: { ...testParts.clock, now: () => nowMs } };
  const took = { known: [] as number[], disabled: [] as number[], nobody: [] as number[] };
  const names = Object.keys(took) as (keyof typeof took)[];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    // In turns, and each first as often as the others: what else the machine does slows all alike.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + sample) % names.length] ?? 'known';
      nowMs += DAY_MS;
      const place = { address: `198.51.100.${sample}`, userAgent: 'test' };
      const startedMs = performance.now();
      const answer = await signIn({ name, password: 'a wrong one', code: undefined }, place, parts);
      took[name].push(performance.now() - startedMs);
      expect(answer).toEqual({ kind: 'refused' });
    }
  }
  const known = middleOf(took.known);
  // Without a hash to compare with, the unknown would be answered in a small part of the time.
  for (const name of ['disabled', 'nobody'] as const) {
    expect(middleOf(took[name]) / known, name).toBeGreaterThan(0.75);
    expect(middleOf(took[name]) / known, name).toBeLessThan(1.33);
  }
}, 120_000);
