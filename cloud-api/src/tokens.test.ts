import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAccessToken } from './identity/access-token.ts';
import { makeAuthenticator } from './identity/authenticate.ts';
import { keyRing } from './identity/key-ring.ts';
import { makeSeal } from './identity/sealed.ts';
import { type AttackMaterial, tokenAttacks } from './identity/token-attacks.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

/** Of CPU of this process, which other programs on the machine do not stretch. */
const SLOWEST_REFUSAL_MS = 50;
const password = 'blue horses walk late';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let userId: string;
let sessionId: string;
let keys: Awaited<ReturnType<typeof cloud.identity.parts.keys>>;

beforeAll(async () => {
  cloud = await startTestCloud();
  const added = await cloud.call('POST', '/api/auth/users', { name: 'ann', role: 'viewer' });
  const { id, passwordToken } = added.body as { id: string; passwordToken: { token: string } };
  await cloud.call('POST', '/api/auth/reset', { token: passwordToken.token, password });
  const login = await cloud.call('POST', '/api/auth/login', { username: 'ann', password });
  userId = id;
  sessionId = (login.body as { sessionId: string }).sessionId;
  keys = await cloud.identity.parts.keys();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

function materialOf(): AttackMaterial {
  const { kid, key: signingKey } = keys.signing;
  const publicKey = keys.verifying.get(kid);
  if (publicKey === undefined) throw new Error('the signing key is not among the public ones');
  const nowMs = testParts.clock.now();
  const nowS = Math.floor(nowMs / 1000);
  return {
    kid,
    signingKey,
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    publicBytes: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    claims: {
      iss: 'weighgate',
      aud: 'weighgate-cloud-api',
      sub: userId,
      sid: sessionId,
      jti: testParts.makeId(),
      type: 'access',
      iat: nowS,
      exp: nowS + 1_800,
    },
    nowMs,
  };
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
function signedWith(key: KeyObject, kid: string, claims: object): string {
  const text = `${part({ alg: 'EdDSA', typ: 'at+jwt', kid })}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}
const askWith = async (token: string) =>
  (await cloud.app.request('/api/billing/providers', { headers: { authorization: `Bearer ${token}` } }))
    .status;

test('the material of the attacks makes a token that is accepted, so that each refusal has its own reason', async () => {
  const { signingKey, kid, claims } = materialOf();
  expect(await askWith(signedWith(signingKey, kid, claims))).toBe(200);
});

test.each(tokenAttacks.map((attack) => [`${attack.row}: ${attack.name}`, attack] as const))(
  'a forged access token is refused: %s',
  async (_, attack) => {
    const token = attack.make(materialOf());
    const began = process.cpuUsage();
    const reading = await verifyAccessToken(token, keys.verifying, testParts.clock.now());
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(SLOWEST_REFUSAL_MS);
    expect(reading.kind).toBe('refused');
    expect(await askWith(token)).toBe(401);
  },
);

test('there are at least forty of them', () => {
  expect(tokenAttacks.length).toBeGreaterThanOrEqual(40);
});

test('H19: clocks may differ by a minute, and not by more', async () => {
  const { signingKey, kid, claims, nowMs } = materialOf();
  const nowS = Math.floor(nowMs / 1000);
  const readAt = (skewed: object) =>
    verifyAccessToken(signedWith(signingKey, kid, { ...claims, ...skewed }), keys.verifying, nowMs);
  expect((await readAt({ iat: nowS - 1_800, exp: nowS - 58 })).kind).toBe('valid');
  expect((await readAt({ iat: nowS + 58, exp: nowS + 600 })).kind).toBe('valid');
  expect((await readAt({ iat: nowS - 1_800, exp: nowS - 62 })).kind).toBe('refused');
  expect((await readAt({ iat: nowS + 62, exp: nowS + 600 })).kind).toBe('refused');
});

test('H11: a thousand unknown key ids cost no look at the database', async () => {
  const { claims } = materialOf();
  const { privateKey } = generateKeyPairSync('ed25519');
  const before = await cloud.identity.parts.keys();
  for (let count = 0; count < 1_000; count += 1) {
    const kid = count.toString(16).padStart(32, '0');
    const reading = await verifyAccessToken(signedWith(privateKey, kid, claims), before.verifying, 0);
    expect(reading).toEqual({ kind: 'refused', why: 'unknown key' });
  }
  expect(await cloud.identity.parts.keys()).toBe(before);
});

test('a refresh token, a password token and a device token are no access token', async () => {
  for (const token of ['wgr_aaaaaaaaaaaaaaaa', 'wgp_aaaaaaaaaaaaaaaa', 'x'.repeat(300)]) {
    expect(await askWith(token)).toBe(401);
  }
});

test('a token that was let in before is refused once it has expired, and once its key is no more', async () => {
  const { signingKey, kid, claims, nowMs } = materialOf();
  const token = signedWith(signingKey, kid, claims);
  let atMs = nowMs;
  let ring = keys;
  const clock = { ...testParts.clock, now: () => atMs };
  const { authenticate } = makeAuthenticator({
    ...testParts,
    clock,
    db: cloud.database.db,
    keys: async () => ring,
  });
  expect((await authenticate(token)).kind).toBe('caller');
  expect((await authenticate(token)).kind).toBe('caller');
  ring = { ...keys, verifying: new Map() };
  expect((await authenticate(token)).kind).toBe('refused');
  ring = keys;
  expect((await authenticate(token)).kind).toBe('caller');
  atMs = nowMs + 1_900_000;
  expect((await authenticate(token)).kind).toBe('refused');
});

test('keys follow each other: the next is known a day before it signs, the last for a day after', async () => {
  const day = 86_400_000;
  const startMs = testParts.clock.now();
  let nowMs = startMs;
  const clock = { ...testParts.clock, now: () => nowMs, monotonicMs: () => nowMs };
  const { randomBytes, log } = testParts;
  const seal = makeSeal('test-secret-test-secret-test-secret', randomBytes);
  const ring = keyRing(cloud.database.db, { clock, log, seal, randomBytes });
  const first = (await ring()).signing.kid;
  nowMs = startMs + 29.5 * day;
  const eve = await ring();
  expect(eve.signing.kid).toBe(first);
  expect(eve.shown).toHaveLength(2);
  nowMs = startMs + 30.5 * day;
  const after = await ring();
  expect(after.signing.kid).not.toBe(first);
  expect([...after.verifying.keys()]).toContain(first);
  nowMs = startMs + 31.5 * day;
  expect([...(await ring()).verifying.keys()]).not.toContain(first);
  const stored = await cloud.database.db.selectFrom('token_signing_keys').select('private_sealed').execute();
  expect(JSON.stringify(stored)).not.toContain('PRIVATE');
});
