import { generateKeyPairSync, sign } from 'node:crypto';
import {
  type Certificate,
  type CertificateFile,
  certificateClaimOf,
  certificateFileSchema,
  tallyOf,
} from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareCertificates } from './fleet/completeness/compare-certificates.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const deviceKey = publicKey.export({ format: 'jwk' }).x ?? '';

/** Entries of three trucks, in and out: six, with six tickets. */
function threeTrucks(device: string): TestChain {
  const chain = new TestChain(device);
  for (const truck of ['TRUCK-1', 'TRUCK-2', 'TRUCK-3']) {
    const visit = {
      truck,
      produce: null,
      inKg: 15_000,
      outKg: 8_000,
      weighedOutAt: '2026-06-01T08:00:00.000Z',
    };
    const { opened, closed } = visitEntries(visit);
    chain.add(opened);
    chain.add(closed);
  }
  return chain;
}

const ticketOf = (chain: TestChain, seq: number): string =>
  String((JSON.parse(chain.rows[seq - 1]?.entry ?? '') as { body: { ticketNo: string } }).body.ticketNo);

/** What the device certifies of its chain; without the entries that it has lost. */
function certifiedBy(chain: TestChain, lost: readonly number[] = []): Certificate {
  const entries = chain.rows
    .filter(({ seq }) => !lost.includes(seq))
    .map(({ seq, hash, entry: entryText }) => ({ seq, hash, entryText }));
  const tallied = tallyOf(chain, entries);
  if (tallied === undefined) throw new Error('a chain of nothing');
  const said = { v: 1, by: 'device', madeAt: '2026-06-01T12:00:00.000Z', facts: tallied.facts };
  const statement = JSON.stringify(said);
  const signature = sign(null, Buffer.from(certificateClaimOf(statement)), privateKey).toString('base64url');
  return { statement, signature, publicKey: deviceKey, rows: tallied.rows };
}

const fileOf = (certificate: Certificate): CertificateFile => ({ v: 1, certificates: [certificate] });

async function cloudFile({ device, incarnation }: TestChain, lastSeq = 6): Promise<CertificateFile> {
  const path = `/api/fleet/devices/${device}/certificate?incarnation=${incarnation}&firstSeq=1&lastSeq=${lastSeq}`;
  const { status, body } = await cloud.call('GET', path);
  expect(status).toBe(200);
  return certificateFileSchema.parse(body);
}

/** What nobody can do with the program: something is done to the stored rows themselves. */
async function tamper(statement: string, values: unknown[]): Promise<void> {
  const client = await cloud.database.pool.connect();
  try {
    await client.query('set session_replication_role = replica');
    await client.query(statement, values);
  } finally {
    client.release(true);
  }
}

/** The device's key on file, as enrolment puts it there; what was taken in before was unsigned. */
const keyOnFile = (device: string) =>
  cloud.database.db
    .insertInto('device_signing_keys')
    .values({
      device,
      public_key: deviceKey,
      incarnation: null,
      valid_from_seq: 1,
      registered_at: new Date().toISOString(),
    })
    .execute();

async function takenIn(device: string): Promise<TestChain> {
  const chain = threeTrucks(device);
  expect(await cloud.ingest(chain)).toMatchObject({ type: 'ack', upTo: 6 });
  await keyOnFile(device);
  return chain;
}

async function gapsOf(chain: TestChain, certificate = certifiedBy(chain)): Promise<string[]> {
  return compareCertificates(fileOf(certificate), await cloudFile(chain)).gaps;
}

test('what is whole is said to be whole, with weighings, kilograms and tickets, by either way of asking', async () => {
  const chain = await takenIn('whole-1');
  const both = compareCertificates(fileOf(certifiedBy(chain)), await cloudFile(chain));
  expect(both).toEqual({
    gaps: [],
    agreed: [
      `entries 1 to 6 of whole-1 are complete: 6 weighings, 69000 kg gross, 21000 kg net, 6 tickets, 0 of them void; head ${chain.headHash()}`,
    ],
  });
  const period = 'from=2026-01-01T00:00:00.000Z&to=2027-01-01T00:00:00.000Z';
  const { body } = await cloud.call('GET', `/api/fleet/devices/whole-1/certificate?${period}`);
  expect(compareCertificates(fileOf(certifiedBy(chain)), certificateFileSchema.parse(body)).gaps).toEqual([]);
});

test('what never arrived is named: its entries and its tickets', async () => {
  const chain = threeTrucks('late-1');
  const part = new TestChain('late-1', chain.incarnation);
  for (const { entry } of chain.rows.slice(0, 4)) part.addText(entry);
  await cloud.ingest(part);
  await keyOnFile('late-1');
  expect(await gapsOf(chain)).toEqual([
    `entries 5 to 6 (tickets ${ticketOf(chain, 5)}, ${ticketOf(chain, 6)}) of incarnation ${chain.incarnation} are at the device and not in the cloud`,
  ]);
});

test('a row that was taken out of the cloud is named, and that the cloud itself has a hole there', async () => {
  const chain = await takenIn('hole-1');
  await tamper('delete from journal_entries where device = $1 and seq = 3', ['hole-1']);
  expect(await gapsOf(chain)).toEqual([
    'the cloud itself has no entry 3',
    `entry 3 (ticket ${ticketOf(chain, 3)}) of incarnation ${chain.incarnation} is at the device and not in the cloud`,
  ]);
});

test('a row that was changed in the cloud is named, though its hash was left', async () => {
  const chain = await takenIn('changed-1');
  await tamper(
    `update journal_entries set entry_text = replace(entry_text, '8000000', '7000000') where device = $1 and seq = 4`,
    ['changed-1'],
  );
  expect(await gapsOf(chain)).toEqual([
    `entry 4 (ticket ${ticketOf(chain, 4)}) of incarnation ${chain.incarnation} has another text in the cloud than at the device`,
  ]);
});

test('what the device itself has lost is named', async () => {
  const chain = await takenIn('lost-1');
  expect(await gapsOf(chain, certifiedBy(chain, [2]))).toEqual([
    'the device itself has no entry 2',
    `entry 2 (ticket ${ticketOf(chain, 2)}) of incarnation ${chain.incarnation} is in the cloud and not at the device`,
  ]);
});

test('what is stored in the cloud and stands in none of its books is named', async () => {
  const chain = threeTrucks('parked-9');
  const { closed } = visitEntries({
    truck: 'TRUCK-9',
    produce: null,
    inKg: 9_000,
    outKg: 8_000,
    weighedOutAt: '2026-06-01T08:00:00.000Z',
  });
  chain.add(closed);
  await cloud.ingest(chain);
  await keyOnFile('parked-9');
  const { gaps } = compareCertificates(fileOf(certifiedBy(chain)), await cloudFile(chain, 7));
  expect(gaps).toEqual([
    expect.stringMatching(/^entry 7 \(ticket .*\) .*: stored in the cloud and not in its books: /),
  ]);
});

test('a certificate that was altered, of another key, or about nothing the cloud has, does not pass', async () => {
  const chain = await takenIn('forged-1');
  const certificate = certifiedBy(chain);
  const altered = {
    ...certificate,
    statement: certificate.statement.replace('"weighings":6', '"weighings":5'),
  };
  expect(await gapsOf(chain, altered)).toEqual([
    expect.stringContaining('its signature is not one of the key'),
  ]);
  const cut = { ...certificate, rows: certificate.rows.slice(1) };
  expect(await gapsOf(chain, cut)).toEqual([
    expect.stringContaining('its rows are not those that were signed'),
  ]);
  // A device cannot stand in for the cloud.
  expect(compareCertificates(fileOf(certificate), fileOf(certificate)).gaps).toEqual([
    "what is given as the cloud's certificate was made by a device",
  ]);
  const unknown = threeTrucks('forged-1');
  expect(await gapsOf(unknown)).toEqual([
    expect.stringContaining('the cloud has nothing of that incarnation'),
  ]);
  const keyless = threeTrucks('keyless-1');
  await cloud.ingest(keyless);
  expect(await gapsOf(keyless)).toEqual([`the cloud knows no such key of the device: ${deviceKey}`]);
});

test('what a device vouches for at the end of a shift is compared when it comes in; what differs is alarmed', async () => {
  const shiftId = '01a10a36-67d2-70aa-bb66-ae528194f899';
  const issue = (chain: TestChain, { statement, signature, publicKey: key }: Certificate) =>
    chain.add({ kind: 'certificate.issued', body: { shiftId, statement, signature, publicKey: key } });
  const good = threeTrucks('shift-1');
  issue(good, certifiedBy(good));
  await cloud.ingest(good);
  const bad = threeTrucks('shift-2');
  issue(bad, certifiedBy(bad, [4]));
  expect(await cloud.ingest(bad)).toMatchObject({ type: 'ack', upTo: 7 });
  const listed = async (device: string) =>
    (await cloud.call('GET', `/api/fleet/devices/${device}/shift-certificates`)).body;
  expect(await listed('shift-1')).toMatchObject({ items: [{ shiftId, outcome: 'same', differences: [] }] });
  expect(await listed('shift-2')).toMatchObject({
    items: [
      {
        outcome: 'differs',
        differences: expect.arrayContaining(['weighings: the device says 5, here it is 6']),
      },
    ],
  });
  const alarms = await cloud.database.db
    .selectFrom('alarms')
    .select(['device', 'detail'])
    .where('code', '=', 'shift_incomplete')
    .execute();
  expect(alarms).toEqual([
    { device: 'shift-2', detail: expect.stringContaining('weighings: the device says 5') },
  ]);
});

test('neither a period nor a range, or one the wrong way round, is refused in words', async () => {
  for (const query of [
    '',
    '?from=2026-01-01T00:00:00.000Z',
    '?to=2026-01-01T00:00:00.000Z&from=2026-02-01T00:00:00.000Z',
  ]) {
    expect((await cloud.call('GET', `/api/fleet/devices/whole-1/certificate${query}`)).status).toBe(422);
  }
});
