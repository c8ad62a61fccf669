import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IdentityParts } from './identity/identity-parts.ts';
import { passwordFaultOf } from './identity/password-rules.ts';
import { makeFirstAdmin, offerFirstAdmin } from './identity/password-token.ts';
import { type SignedIn, signIn } from './identity/sign-in.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

const password = 'blue horses walk late';
const nobody = { authorization: '' };

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function addUser(name: string, role = 'viewer'): Promise<string> {
  const { body } = await cloud.call('POST', '/api/auth/users', { name, role });
  const { id, passwordToken } = body as { id: string; passwordToken: { token: string } };
  const reset = { token: passwordToken.token, password };
  expect((await cloud.call('POST', '/api/auth/reset', reset, nobody)).status).toBe(200);
  expect((await cloud.call('POST', '/api/auth/reset', reset, nobody)).status).toBe(401);
  return id;
}

interface Tokens {
  accessToken: string;
  refreshToken: string;
  sessionId: string;
}
async function login(username: string, code?: string): Promise<Tokens> {
  const body = { username, password, ...(code === undefined ? {} : { code }) };
  const answer = await cloud.call('POST', '/api/auth/login', body, nobody);
  expect(answer.status).toBe(200);
  return answer.body as Tokens;
}
const changeUser = (id: string, change: object) =>
  cloud.call('PUT', `/api/auth/users/${id}`, change, { 'if-match': '*' });
const statusOfMe = async (token: string) =>
  (await cloud.call('GET', '/api/auth/me', undefined, bearer(token))).status;

test('before there is a user, the setup token makes the first administrator, once', async () => {
  await using fresh = await startTestCloud();
  const { parts } = fresh.identity;
  const offered = await offerFirstAdmin(parts);
  const place = { address: '10.0.0.1', userAgent: 'test' };
  const admin = { name: 'boss', password };
  expect(await makeFirstAdmin({ token: 'wgp_wrong', ...admin }, place, parts)).toEqual({ kind: 'refused' });
  const token = offered?.token ?? '';
  expect(await makeFirstAdmin({ token, ...admin, password: 'admin1234567' }, place, parts)).toMatchObject({
    kind: 'fault',
  });
  expect(await makeFirstAdmin({ token, ...admin }, place, parts)).toEqual({ kind: 'set' });
  expect(await makeFirstAdmin({ token, name: 'other', password }, place, parts)).toEqual({ kind: 'refused' });
  expect(await offerFirstAdmin(parts)).toBeUndefined();
  const signedIn = await fresh.call('POST', '/api/auth/login', { username: 'Boss', password }, nobody);
  expect(signedIn.status).toBe(200);
}, 60_000);

test('a form is answered as OAuth 2 does, and a wrong name like a wrong password', async () => {
  await addUser('form-user');
  const send = (fields: Record<string, string>) =>
    cloud.app.request('/api/auth/login', { method: 'POST', body: new URLSearchParams(fields) });
  const good = await send({ username: 'form-user', password, grant_type: 'password' });
  expect(good.status).toBe(200);
  expect(await good.json()).toEqual({ access_token: expect.any(String), token_type: 'bearer' });
  const answers = [];
  for (const fields of [
    { username: 'form-user', password: 'wrong' },
    { username: 'nobody-knows', password },
  ]) {
    const answer = await send(fields);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    answers.push({ ...((await answer.json()) as object), requestId: '' });
  }
  expect(answers[0]).toMatchObject({ detail: 'Incorrect username or password' });
  expect(answers[0]).toEqual(answers[1]);
  expect((await send({ username: 'form-user' })).status).toBe(422);
});

test('H20: no account of the documents, and none that others ship with, gets in', async () => {
  for (const [username, given] of [
    ['admin@example.com', 'admin123'],
    ['admin', 'admin'],
    ['root', 'root'],
  ]) {
    const answer = await cloud.call('POST', '/api/auth/login', { username, password: given }, nobody);
    expect(answer.status).toBe(401);
  }
});

test('H13: a refresh token is good once; used twice, it ends the session for whoever has it', async () => {
  await addUser('refresher');
  const first = await login('refresher');
  const refresh = (refreshToken: string) => cloud.call('POST', '/api/auth/refresh', { refreshToken }, nobody);
  const second = (await refresh(first.refreshToken)).body as Tokens;
  expect(second.sessionId).toBe(first.sessionId);
  expect(await statusOfMe(second.accessToken)).toBe(200);
  expect((await refresh(first.refreshToken)).status).toBe(401);
  expect((await refresh(second.refreshToken)).status).toBe(401);
  expect(await statusOfMe(second.accessToken)).toBe(401);
  const events = await cloud.call('GET', '/api/auth/events');
  expect(JSON.stringify(events.body)).toContain('refresh_token_reused');
});

test('H18: signing in makes a new session, and after signing out its tokens are worth nothing', async () => {
  await addUser('leaver');
  const one = await login('leaver');
  const two = await login('leaver');
  expect(two.sessionId).not.toBe(one.sessionId);
  expect((await cloud.call('POST', '/api/auth/logout', undefined, bearer(one.accessToken))).status).toBe(200);
  expect(await statusOfMe(one.accessToken)).toBe(401);
  expect(await statusOfMe(two.accessToken)).toBe(200);
  const { refreshToken } = one;
  expect((await cloud.call('POST', '/api/auth/refresh', { refreshToken }, nobody)).status).toBe(401);
});

test('the sixth session ends the oldest, and a user ends the own sessions and nobody else’s', async () => {
  await addUser('many');
  await addUser('stranger');
  const sessions: Tokens[] = [];
  for (let count = 0; count < 6; count += 1) sessions.push(await login('many'));
  const last = sessions[5]?.accessToken ?? '';
  expect(await statusOfMe(sessions[0]?.accessToken ?? '')).toBe(401);
  expect(await statusOfMe(sessions[1]?.accessToken ?? '')).toBe(200);
  const listed = await cloud.call('GET', '/api/auth/sessions', undefined, bearer(last));
  expect((listed.body as { items: unknown[] }).items).toHaveLength(5);
  const victim = `/api/auth/sessions/${sessions[1]?.sessionId}`;
  const stranger = (await login('stranger')).accessToken;
  expect((await cloud.call('DELETE', victim, undefined, bearer(stranger))).status).toBe(404);
  expect((await cloud.call('DELETE', victim, undefined, bearer(last))).status).toBe(200);
  expect(await statusOfMe(sessions[1]?.accessToken ?? '')).toBe(401);
});

test('H12: a user who is disabled, or has another role, is not let in with the tokens of before', async () => {
  const id = await addUser('changing', 'billing');
  const before = await login('changing');
  expect((await changeUser(id, { role: 'viewer' })).status).toBe(200);
  expect(await statusOfMe(before.accessToken)).toBe(401);
  const after = await login('changing');
  const rates = await cloud.call('GET', '/api/billing/rates', undefined, bearer(after.accessToken));
  expect(rates.status).toBe(403);
  expect((await changeUser(id, { disabled: true })).status).toBe(200);
  expect(await statusOfMe(after.accessToken)).toBe(401);
  const again = await cloud.call('POST', '/api/auth/login', { username: 'changing', password }, nobody);
  expect(again).toMatchObject({ status: 401, body: { detail: 'Incorrect username or password' } });
});

test('the only administrator can neither be disabled nor be made something else', async () => {
  const id = await addUser('only-admin', 'admin');
  for (const change of [{ disabled: true }, { role: 'viewer' }]) {
    expect((await changeUser(id, change)).status).toBe(409);
  }
  await addUser('second-admin', 'admin');
  expect((await changeUser(id, { disabled: true })).status).toBe(200);
});

test('a second factor is asked for beside the password, each code is good once, recovery codes too', async () => {
  await addUser('careful');
  const { accessToken } = await login('careful');
  const begun = await cloud.call('POST', '/api/auth/totp', { password }, bearer(accessToken));
  expect(begun.status).toBe(201);
  const { secret } = begun.body as { secret: string };
  const codeAt = (nowMs: number) => new TOTP({ secret }).generate({ timestamp: nowMs });
  const nowMs = testParts.clock.now();
  const confirm = { code: codeAt(nowMs) };
  const on = await cloud.call('POST', '/api/auth/totp/confirm', confirm, bearer(accessToken));
  const { recoveryCodes } = on.body as { recoveryCodes: string[] };
  expect(recoveryCodes).toHaveLength(10);
  const tryCode = async (code?: string) => {
    const body = { username: 'careful', password, ...(code === undefined ? {} : { code }) };
    return (await cloud.call('POST', '/api/auth/login', body, nobody)).status;
  };
  expect(await tryCode()).toBe(401);
  expect(await tryCode(codeAt(nowMs))).toBe(401);
  expect(await tryCode(codeAt(nowMs + 30_000))).toBe(200);
  expect(await tryCode(codeAt(nowMs + 30_000))).toBe(401);
  expect(await tryCode(recoveryCodes[0])).toBe(200);
  expect(await tryCode(recoveryCodes[0])).toBe(401);
});

/** Sign-ins from given addresses on a clock that the test turns. */
function guesser(name: string) {
  let nowMs = testParts.clock.now();
  const clock = { ...testParts.clock, now: () => nowMs };
  const parts: IdentityParts = { ...cloud.identity.parts, clock };
  return {
    wait: (durationMs: number) => {
      nowMs += durationMs;
    },
    guess: (address: string, given = 'wrong'): Promise<SignedIn> =>
      signIn({ name, password: given, code: undefined }, { address, userAgent: 'test' }, parts),
  };
}

test('H16: guessers at ten addresses wait; the owner at a known address does not, and elsewhere only waits', async () => {
  await addUser('owner');
  const { guess, wait } = guesser('owner');
  expect((await guess('192.0.2.7', password)).kind).toBe('signed_in');
  const kinds: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (let place = 0; place < 10; place += 1) kinds.push((await guess(`198.51.100.${place}`)).kind);
  }
  expect(kinds.filter((kind) => kind === 'refused').length).toBeLessThanOrEqual(20);
  expect(kinds.at(-1)).toBe('wait');
  expect((await guess('192.0.2.7', password)).kind).toBe('signed_in');
  expect((await guess('203.0.113.9', password)).kind).toBe('wait');
  wait(16 * 60_000);
  expect((await guess('203.0.113.9', password)).kind).toBe('signed_in');
}, 60_000);

test('guesses sent at once count each, and the right one among the late ones is not looked at', async () => {
  await addUser('raced');
  const { guess } = guesser('raced');
  const answers = await Promise.all(Array.from({ length: 12 }, () => guess('198.51.100.77')));
  expect(answers.filter(({ kind }) => kind === 'refused').length).toBeLessThanOrEqual(5);
  expect((await guess('198.51.100.77', password)).kind).toBe('wait');
}, 60_000);

test('H15: one address that tries many accounts waits, whether they exist or not', async () => {
  const kinds: string[] = [];
  for (let count = 0; count < 25; count += 1) {
    kinds.push((await guesser(`sprayed-${count}`).guess('198.51.100.99')).kind);
  }
  expect(kinds.filter((kind) => kind === 'refused').length).toBeLessThanOrEqual(20);
  expect(kinds.at(-1)).toBe('wait');
}, 60_000);

test.each([
  ['short', 'eleven-char'],
  ['a common word with digits', 'password123456'],
  ['a common word in other letters', 'P@ssw0rd!!!!!!'],
  ['a repeated common word', 'monkeymonkeymonkey'],
  ['a row', '123456789012'],
  ['a row of letters', 'abcdefghijklmn'],
  ['the same over and over', 'aaaaaaaaaaaaaa'],
  ['a run of the keyboard', 'qwertyuiop1234'],
  ['the own name', 'rebecca-2026-x'],
  ['too long', 'horse '.repeat(40)],
])('a password is refused that is %s', (_, given) => {
  expect(passwordFaultOf(given, 'rebecca@example.com')).not.toBeNull();
});

test('a long phrase is taken, in any script', () => {
  expect(passwordFaultOf(password, 'rebecca')).toBeNull();
  expect(passwordFaultOf('סוסים כחולים הולכים', 'rebecca')).toBeNull();
});
