import 'reflect-metadata';
import { createHash, generateKeyPairSync, X509Certificate as ReadCertificate, sign } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import {
  enrolmentAnswerSchema,
  enrolmentPaths,
  fingerprintWords,
  signingKeyClaimOf,
} from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { theCloud } from '../../audit/record-change.ts';
import { startTestDatabase, testParts } from '../../store/test-database.ts';
import { decideRequest } from './decide-request.ts';
import { startEnrolmentServer } from './enrolment-server.ts';
import { makeToken } from './make-token.ts';
import { revokeCertificates } from './revoke-certificates.ts';
import { makeTestCa } from './test-ca.ts';
import { askEnrolment } from './test-device.ts';
import { makeRsaRequest, makeTestRequest } from './test-request.ts';

const noa = { caller: { kind: 'account' as const, id: testParts.makeId(), name: 'noa' } };

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
let database: Awaited<ReturnType<typeof startTestDatabase>>;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

let devices = 0;
const newDevice = () => {
  devices += 1;
  return `gate-${devices}`;
};

/** The enrolment listener on its own, with a clock that a test sets on. */
async function startEnrolment() {
  let aheadMs = 0;
  const clock = {
    ...testParts.clock,
    now: () => testParts.clock.now() + aheadMs,
    monotonicMs: () => testParts.clock.monotonicMs() + aheadMs,
  };
  const { db } = database;
  const ca = await makeTestCa(clock);
  const parts = {
    ...testParts,
    clock,
    db,
    ca,
    cloudKey: { publicKey: 'A'.repeat(43) },
    onRevoked: () => undefined,
  };
  const place = { host: '127.0.0.1', port: 0, server: await ca.makeServer(['127.0.0.1']) };
  const server = await startEnrolmentServer(place, parts);
  const url = `https://127.0.0.1:${server.port}`;

  async function token(wish: { site?: string; device?: string; needsConfirmation?: boolean } = {}) {
    const { site = 'DEMO', device = null, needsConfirmation = false } = wish;
    const wished = { site, device, needsConfirmation, by: theCloud };
    const made = await db
      .transaction()
      .execute((trx) => makeToken(trx, wished, { ...parts, caFingerprint: ca.fingerprint }));
    if (made.kind === 'refused') throw new Error(made.reason);
    return made.token;
  }

  /** A request as a device makes it; `wrong` takes the place of what is right. */
  async function requestOf(
    device: string,
    tokenText: string,
    wrong: Record<string, unknown> = {},
    made?: { csr: string; keyFingerprint: string; keyPem?: string },
  ) {
    const { csr, keyPem = '', keyFingerprint } = made ?? (await makeTestRequest(device));
    const signing = generateKeyPairSync('ed25519');
    const claim = signingKeyClaimOf(device, keyFingerprint);
    const body = {
      token: tokenText,
      site: 'DEMO',
      device,
      csr,
      signingKey: signing.publicKey.export({ format: 'jwk' }).x,
      signingKeyProof: sign(null, Buffer.from(claim), signing.privateKey).toString('base64url'),
      ...wrong,
    };
    return { body, keyPem, keyFingerprint };
  }

  const enrol = (body: unknown) => askEnrolment(url, enrolmentPaths.enrol, body, { ca: ca.certificatePem });

  async function enrolled(device: string) {
    const { body, keyPem } = await requestOf(device, await token({ device }));
    const answer = enrolmentAnswerSchema.parse((await enrol(body)).body);
    if (answer.kind !== 'issued') throw new Error('not issued');
    return { device, cert: answer.certificate, key: keyPem };
  }

  async function renew(shown: { device: string; cert: string; key: string }, csr?: string) {
    const body = { csr: csr ?? (await makeTestRequest(shown.device)).csr };
    return askEnrolment(url, enrolmentPaths.renew, body, {
      ca: ca.certificatePem,
      cert: shown.cert,
      key: shown.key,
    });
  }

  return {
    ca,
    db,
    clock,
    url,
    token,
    requestOf,
    enrol,
    enrolled,
    renew,
    advance: (ms: number) => {
      aheadMs += ms;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const countIssued = async (device: string) =>
  (
    await database.db
      .selectFrom('device_certificates')
      .select('fingerprint')
      .where('device', '=', device)
      .execute()
  ).length;

test('a token gives a device a certificate of 90 days for its name alone, and puts its signing key on file', async () => {
  await using house = await startEnrolment();
  const device = newDevice();
  const { body, keyFingerprint, keyPem } = await house.requestOf(device, await house.token());
  const answer = await house.enrol(body);
  // The key that commands are signed with is handed out with it.
  const cloudKey = 'A'.repeat(43);
  expect(answer).toMatchObject({ status: 200, body: { kind: 'issued', keyFingerprint, cloudKey } });
  const issued = enrolmentAnswerSchema.parse(answer.body);
  if (issued.kind !== 'issued') throw new Error('not issued');

  const certificate = new ReadCertificate(issued.certificate);
  expect(certificate.subject).toBe(`CN=${device}`);
  expect(certificate.subjectAltName).toBeUndefined();
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(certificate.verify(new ReadCertificate(house.ca.certificatePem).publicKey)).toBe(true);
  const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / DAY_MS;
  expect(days).toBeGreaterThan(90);
  expect(days).toBeLessThan(90.01);
  expect(keyPem).toContain('PRIVATE KEY');
  const keys = await house.db
    .selectFrom('device_signing_keys')
    .selectAll()
    .where('device', '=', device)
    .execute();
  expect(keys).toMatchObject([{ public_key: body.signingKey, retired_at: null }]);
});

test('an answer that got lost costs nothing: asked again with the same key, the same certificate comes', async () => {
  await using house = await startEnrolment();
  const device = newDevice();
  const { body } = await house.requestOf(device, await house.token());
  const first = await house.enrol(body);
  expect(await house.enrol(body)).toEqual(first);
  expect(await countIssued(device)).toBe(1);
});

test('nobody who reads the database can enrol: of a token only the hash is kept', async () => {
  await using house = await startEnrolment();
  const token = await house.token();
  const rows = JSON.stringify(await house.db.selectFrom('enrolment_tokens').selectAll().execute());
  expect(rows).not.toContain(token);
  expect(rows).not.toContain(token.replaceAll('-', ''));
});

test('a token that was used, has ended, or is for another site or device enrols nothing (H21)', async () => {
  await using house = await startEnrolment();
  const taken = await house.enrolled(newDevice());
  const used = await house.token();
  expect((await house.enrol((await house.requestOf(newDevice(), used)).body)).status).toBe(200);
  const wrong: [why: string, token: string, device: string, site?: string][] = [
    ['used already, by another key', used, newDevice()],
    ['for another site', await house.token({ site: 'OTHER' }), newDevice()],
    ['for another site', await house.token(), newDevice(), 'OTHER'],
    ['for another device', await house.token({ device: newDevice() }), newDevice()],
    ['is a device .* already', await house.token(), taken.device],
    ['not known', used.replace(/^.{8}/, 'AAAAAAAA'), newDevice()],
  ];
  for (const [why, token, device, site = 'DEMO'] of wrong) {
    const { status, body } = await house.enrol((await house.requestOf(device, token, { site })).body);
    expect(status, why).toBe(403);
    if (!why.startsWith('not known')) expect(body).toMatchObject({ detail: expect.stringMatching(why) });
    if (device !== taken.device) expect(await countIssued(device), why).toBe(0);
  }
});

test('a token ends after 24 hours', async () => {
  await using house = await startEnrolment();
  const [inTime, late] = [await house.token(), await house.token()];
  house.advance(24 * 60 * MINUTE_MS - MINUTE_MS);
  expect((await house.enrol((await house.requestOf(newDevice(), inTime)).body)).status).toBe(200);
  house.advance(2 * MINUTE_MS);
  const answer = await house.enrol((await house.requestOf(newDevice(), late)).body);
  expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining('ended') } });
});

test('of two machines that use one token at once, one is enrolled', async () => {
  await using house = await startEnrolment();
  const token = await house.token();
  const names = [newDevice(), newDevice(), newDevice(), newDevice()];
  const requests = await Promise.all(names.map((name) => house.requestOf(name, token)));
  const answers = await Promise.all(requests.map(({ body }) => house.enrol(body)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403, 403, 403]);
});

test('whoever guesses tokens is shut out for ten minutes, with a good token too', async () => {
  await using house = await startEnrolment();
  const good = await house.token();
  const { body } = await house.requestOf(newDevice(), good);
  const guess = await house.requestOf(newDevice(), good.replace(/^.{8}/, 'BBBBBBBB'));
  const statuses: number[] = [];
  for (let tried = 0; tried < 12; tried += 1) statuses.push((await house.enrol(guess.body)).status);
  expect(statuses).toEqual([...Array(10).fill(403), 429, 429]);
  expect((await house.enrol(body)).status).toBe(429);
  house.advance(10 * MINUTE_MS);
  expect((await house.enrol(body)).status).toBe(200);
});

test('a request that asks for more than its own name, or with a weak key, is refused, and the token stays good', async () => {
  await using house = await startEnrolment();
  const device = newDevice();
  const token = await house.token();
  const asking = (more: Parameters<typeof makeTestRequest>[1]) => makeTestRequest(device, more);
  const good = await asking({});
  // One bit of the signature is another: it still reads as one.
  const der = Buffer.from(good.csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  const label = 'CERTIFICATE REQUEST-----';
  const forged = `-----BEGIN ${label}\n${der.toString('base64')}\n-----END ${label}\n`;
  const nothing = '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----';
  const wrong: Record<string, { csr: string; keyFingerprint: string }> = {
    'another name': await asking({ subject: 'CN=gate-of-somebody' }),
    'the name of the cloud': await asking({ subject: 'CN=cloud' }),
    'two names': await asking({ subject: `CN=${device}, CN=gate-of-somebody` }),
    'an organisation': await asking({ subject: `CN=${device}, O=Somebody` }),
    'no name': await asking({ subject: '' }),
    'other names': await asking({
      extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'cloud' }])],
    }),
    'to be a CA': await asking({ extensions: [new BasicConstraintsExtension(true, 3, true)] }),
    'to be a server': await asking({
      extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth])],
    }),
    'a signature that is not of its key': { ...good, csr: forged },
    nothing: { ...good, csr: nothing },
    'a weak RSA key': await makeRsaRequest(device, 1024),
    'an RSA key': await makeRsaRequest(device, 2048),
  };
  for (const [what, made] of Object.entries(wrong)) {
    // Everything else is right: it is the request alone that is refused.
    const { status, body } = await house.enrol((await house.requestOf(device, token, {}, made)).body);
    expect(status, what).toBe(400);
    expect(body, what).toMatchObject({ detail: expect.stringMatching(/^certificate request: /) });
    house.advance(10 * MINUTE_MS);
  }
  expect(await countIssued(device)).toBe(0);
  expect((await house.enrol((await house.requestOf(device, token)).body)).status).toBe(200);
});

test('a signing key is registered by who has it, for this device and certificate key alone', async () => {
  await using house = await startEnrolment();
  const [device, token] = [newDevice(), await house.token()];
  const other = await house.requestOf(newDevice(), token);
  const { signingKey, signingKeyProof } = other.body;
  const { body } = await house.requestOf(device, token, { signingKey, signingKeyProof });
  expect((await house.enrol(body)).status).toBe(400);
});

test('with --confirm the certificate waits until somebody has compared the words', async () => {
  await using house = await startEnrolment();
  for (const verdict of ['issued', 'refused'] as const) {
    const device = newDevice();
    const token = await house.token({ needsConfirmation: true });
    const { body, keyFingerprint } = await house.requestOf(device, token);
    expect(await house.enrol(body)).toMatchObject({ status: 202, body: { kind: 'waiting', keyFingerprint } });
    expect(await countIssued(device)).toBe(0);
    const request = await house.db
      .selectFrom('enrolment_requests')
      .selectAll()
      .where('device', '=', device)
      .executeTakeFirstOrThrow();
    expect(fingerprintWords(request.key_fingerprint)).toBe(fingerprintWords(keyFingerprint));
    expect(await decideRequest(request.request_id, verdict, noa, { ...testParts, ...house })).toBe('decided');
    expect(await decideRequest(request.request_id, 'issued', noa, { ...testParts, ...house })).toBe(
      'decided_before',
    );
    expect((await house.enrol(body)).status).toBe(verdict === 'issued' ? 200 : 403);
    expect(await countIssued(device)).toBe(verdict === 'issued' ? 1 : 0);
  }
});

test('a certificate is renewed with a new key, until 30 days after its end and not longer', async () => {
  await using house = await startEnrolment();
  const [early, late, tooLate] = [
    await house.enrolled(newDevice()),
    await house.enrolled(newDevice()),
    await house.enrolled(newDevice()),
  ];
  const answer = await house.renew(early);
  expect(answer).toMatchObject({ status: 200, body: { kind: 'issued' } });
  house.advance(119 * DAY_MS);
  expect((await house.renew(late)).status).toBe(200);
  house.advance(2 * DAY_MS);
  expect(await house.renew(tooLate)).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('more than 30 days ago') },
  });
});

test('nothing is renewed for a revoked, a self-signed or a foreign certificate, for none, another name or an old key', async () => {
  await using house = await startEnrolment();
  await using foreign = await startEnrolment();
  const good = await house.enrolled(newDevice());
  const revoked = await house.enrolled(newDevice());
  await revokeCertificates(house.db, revoked.device, { by: 'noa', reason: 'stolen' }, house.clock);
  const selfMade = await foreign.ca.makeClient(good.device);
  const sameName = { device: good.device, cert: selfMade.pem, key: selfMade.keyPem };

  expect((await house.renew(revoked)).status).toBe(403);
  expect((await house.renew(sameName)).status).toBe(403);
  expect((await house.renew(good, (await makeTestRequest(revoked.device)).csr)).status).toBe(400);
  const sameKey = await makeTestRequest(good.device, { keyPem: good.key });
  expect(await house.renew(good, sameKey.csr)).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('needs a new key') },
  });
  const ca = house.ca.certificatePem;
  const { csr } = await makeTestRequest(good.device);
  expect((await askEnrolment(house.url, enrolmentPaths.renew, { csr }, { ca })).status).toBe(401);
  expect(await countIssued(good.device)).toBe(1);
  expect((await house.renew(good)).status).toBe(200);
});

test('a stolen certificate cannot be renewed without end', async () => {
  await using house = await startEnrolment();
  const device = await house.enrolled(newDevice());
  const statuses: number[] = [];
  for (let tried = 0; tried < 11; tried += 1) statuses.push((await house.renew(device)).status);
  expect(statuses).toEqual([...Array(10).fill(200), 429]);
});

test('a machine that takes the place of another ends the certificates of that one', async () => {
  await using house = await startEnrolment();
  const before = await house.enrolled(newDevice());
  await house.enrolled(before.device);
  expect((await house.renew(before)).status).toBe(403);
  const rows = await house.db
    .selectFrom('device_certificates')
    .select(['fingerprint', 'revoke_reason'])
    .where('device', '=', before.device)
    .execute();
  const old = createHash('sha256').update(new ReadCertificate(before.cert).raw).digest('hex');
  expect(rows.find(({ fingerprint }) => fingerprint === old)?.revoke_reason).toMatch('replaced');
  expect(rows.filter(({ revoke_reason }) => revoke_reason === null)).toHaveLength(1);
});
