import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalClaimOf } from '@weighgate/protocol';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvidencePack } from './billing/explain/evidence-pack.ts';
import { verifyPack } from './billing/explain/verify-pack.ts';
import type { FrozenBill, FrozenSession } from './billing/frozen-bill.ts';
import { registerSigningKey } from './fleet/signing-keys.ts';
import { TestChain, type TestVisit, visitEntries } from './inbox/test-chain.ts';
import { makeTestFolder } from './store/test-database.ts';
import { billingOn } from './test-billing.ts';
import { startTestCloud } from './test-cloud.ts';
import { verifyBillCommand } from './verify-bill-command.ts';

const now = Date.parse('2026-07-02T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let billing: ReturnType<typeof billingOn>;
let bill: FrozenBill;
let pack: EvidencePack;
let publicKey: string;

beforeAll(async () => {
  cloud = await startTestCloud(now);
  billing = billingOn(cloud, now);
  await billing.prepare();
  const { id, truck } = await billing.newProvider('Orchard Evidence');
  const visits = [
    { truck, containersIn: ['C1', 'C2'], containersOut: ['C2'], taresKg: { C1: 150, C2: 100 } },
    { truck, weighedOutAt: '2026-06-11T08:00:00.000Z' },
  ];
  publicKey = await deliverSigned(visits);
  bill = await billing.issue(id);
  pack = (await cloud.call('GET', `/api/billing/bills/${bill.id}/evidence`)).body as EvidencePack;
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

/** Visits in the journal of a device that signs each entry; @returns its key */
async function deliverSigned(visits: (Partial<TestVisit> & { truck: string })[]): Promise<string> {
  const chain = new TestChain(`gate-${randomUUID().slice(0, 8)}`);
  for (const visit of visits) {
    const { opened, closed } = visitEntries({
      produce: 'orange',
      inKg: 15_000,
      outKg: 8_000,
      weighedOutAt: '2026-06-10T08:00:00.000Z',
      ...visit,
    });
    chain.add(opened);
    chain.add(closed);
  }
  const keys = generateKeyPairSync('ed25519');
  const { x = '' } = keys.publicKey.export({ format: 'jwk' });
  for (const [i, row] of chain.rows.entries()) {
    const claim = Buffer.from(journalClaimOf(chain.incarnation, row));
    chain.rows[i] = { ...row, signature: sign(null, claim, keys.privateKey).toString('base64url') };
  }
  await billing.db
    .transaction()
    .execute((trx) => registerSigningKey(trx, { device: chain.device, publicKey: x }, billing.parts.clock));
  await cloud.ingest(chain);
  return x;
}

interface Explained {
  isEqual: boolean;
  arithmetic: string;
  nextCursor: string | null;
  faults: { where: string; what: string }[];
  deliveries: {
    isEqual: boolean;
    net: { formula: string };
    weights: { signature: string; indications: { value: string; frames: { hex: string }[] }[] }[];
  }[];
}
const explain = async (billId: string, query = '') =>
  (await cloud.call('GET', `/api/billing/bills/${billId}/lines/1/explanation${query}`)).body as Explained;

test('a line is explained from its rate down to the frames, and comes out the same when computed again', async () => {
  const explained = await explain(bill.id);
  expect(explained).toMatchObject({
    isEqual: true,
    faults: [],
    bill: { numberText: bill.numberText },
    rate: { perKgMinor: '93.5' },
    arithmetic: '13850 kg x 93.5 = 1294975 minor units, half_away',
    nextCursor: null,
    deliveries: [
      {
        isEqual: true,
        session: {
          netG: 6_850_000,
          first: {
            containers: [
              { id: 'C1', tareG: 150_000 },
              { id: 'C2', tareG: 100_000 },
            ],
          },
        },
        net: { formula: '(15000 - 150 - 100) - (8000 - 100) = 6850' },
        weights: [
          {
            signature: 'verified',
            indications: [{ value: '15000', unit: 'kg', frames: [{ agoMs: 20, hex: '02303132' }] }],
          },
          { signature: 'verified' },
        ],
      },
      { isEqual: true, net: { formula: '15000 - 8000 = 7000' } },
    ],
  });
});

test('a line is explained page by page, each page with the whole sum of the line', async () => {
  const first = await explain(bill.id, '?limit=1');
  const second = await explain(bill.id, `?limit=1&cursor=${first.nextCursor}`);
  expect([first, second].map(({ isEqual, deliveries }) => [isEqual, deliveries[0]?.net.formula])).toEqual([
    [true, '(15000 - 150 - 100) - (8000 - 100) = 6850'],
    [true, '15000 - 8000 = 7000'],
  ]);
  expect(second.nextCursor).toBeNull();
});

test('an entry that is no longer the one that was signed makes the explanation unequal, and says where', async () => {
  const { id, truck } = await billing.newProvider('Orchard Spoiled');
  await deliverSigned([{ truck }]);
  const spoiled = await billing.issue(id);
  expect((await explain(spoiled.id)).isEqual).toBe(true);
  const { db } = billing;
  const [entry] = (
    (await cloud.call('GET', `/api/billing/bills/${spoiled.id}/evidence`)).body as EvidencePack
  ).entries;
  await db.transaction().execute(async (trx) => {
    await sql`alter table journal_entries disable trigger user`.execute(trx);
    await trx
      .updateTable('journal_entries')
      .set({ entry_text: (entry?.entryText ?? '').replace('"grossG":15000000', '"grossG":15100000') })
      .where('device', '=', entry?.device ?? '')
      .where('seq', '=', entry?.seq ?? 0)
      .execute();
  });
  const explained = await explain(spoiled.id);
  expect(explained.isEqual).toBe(false);
  expect(explained.faults[0]?.what).toBe('its text does not follow from its hashes');
});

test('an evidence pack is sound, offline, with the keys of the devices', () => {
  expect(verifyPack(pack)).toMatchObject({ kind: 'sound', deliveries: 2, entries: 4, signed: 4 });
  expect(verifyPack(pack, { trustedKeys: [publicKey] }).kind).toBe('sound');
  const stranger = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '';
  expect(verifyPack(pack, { trustedKeys: [stranger] })).toMatchObject({
    fault: { what: 'it is not signed by a key that was named as trusted' },
  });
});

test('the pack of one line is sound by itself', async () => {
  const ofLine = (await cloud.call('GET', `/api/billing/bills/${bill.id}/evidence?line=1`))
    .body as EvidencePack;
  expect(ofLine.lineNo).toBe(1);
  expect(verifyPack(ofLine).kind).toBe('sound');
  expect((await cloud.call('GET', `/api/billing/bills/${bill.id}/evidence?line=9`)).status).toBe(404);
});

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Changes the frozen bill as somebody would who knows how to hash it again. */
function withBill(change: (said: FrozenBill) => void): EvidencePack {
  const said = structuredClone(bill);
  change(said);
  const text = JSON.stringify(said);
  return { ...pack, bill: { text, hash: sha256(text) } };
}
/** Changes a frozen delivery, and the hashes that lead up to it. */
function withDelivery(change: (said: FrozenSession) => void): EvidencePack {
  const [first, ...rest] = structuredClone(pack.sessions);
  if (first === undefined) throw new Error('there is a delivery');
  const said = JSON.parse(first.text) as FrozenSession;
  change(said);
  const sessions = [{ ...first, text: JSON.stringify(said) }, ...rest];
  const sessionsHash = sha256(Buffer.concat(sessions.map(({ text }) => Buffer.from(sha256(text), 'hex'))));
  return {
    ...withBill(({ lines: [line] }) => line?.kind === 'produce' && Object.assign(line, { sessionsHash })),
    sessions,
  };
}
function withEntry(change: (entry: EvidencePack['entries'][number]) => object): EvidencePack {
  return {
    ...pack,
    entries: pack.entries.map((entry, i) => (i === 0 ? { ...entry, ...change(entry) } : entry)),
  };
}

test.each<[string, () => EvidencePack, string]>([
  [
    'the text of the bill',
    () => ({ ...pack, bill: { ...pack.bill, text: pack.bill.text.replace('Orchard', 'Orcharb') } }),
    'not the one that was hashed',
  ],
  [
    'the hash of the bill',
    () => ({ ...pack, bill: { ...pack.bill, hash: '0'.repeat(64) } }),
    'not the one that was hashed',
  ],
  ['the total', () => withBill((said) => Object.assign(said.totals, { totalMinor: '1' })), 'the total'],
  [
    'the sum of the lines',
    () => withBill((said) => Object.assign(said.totals, { netMinor: '1', totalMinor: '1' })),
    'the sum of the lines',
  ],
  [
    'an amount with all its sums',
    () =>
      withBill((said) => {
        const line = said.lines[0];
        if (line !== undefined) line.amountMinor = '2000000';
        Object.assign(said.totals, { netMinor: '2000000', totalMinor: '2000000' });
      }),
    'the amount',
  ],
  [
    'a rate',
    () =>
      withBill((said) => {
        const line = said.lines[0];
        if (line !== undefined) line.rate.perKgMinor = '193.5';
      }),
    'the rate',
  ],
  [
    'the rate in the registry',
    () => ({ ...pack, rates: pack.rates.map((rate) => ({ ...rate, perKgMinor: '50' })) }),
    'the rate',
  ],
  ['no rate', () => ({ ...pack, rates: [] }), 'is missing'],
  [
    'a delivery’s text',
    () => ({
      ...pack,
      sessions: pack.sessions.map((one) => ({ ...one, text: one.text.replace('6850000', '7850000') })),
    }),
    'the hash of its deliveries',
  ],
  [
    'a delivery left out',
    () => ({ ...pack, sessions: pack.sessions.slice(1) }),
    'the hash of its deliveries',
  ],
  [
    'a delivery twice',
    () => ({ ...pack, sessions: [...pack.sessions, ...pack.sessions.slice(1)] }),
    'the hash of its deliveries',
  ],
  [
    'a gross with every hash above it',
    () => withDelivery((said) => Object.assign(said.first, { grossG: 15_100_000 })),
    'a gross in grams',
  ],
  [
    'a tare with every hash above it',
    () => withDelivery((said) => Object.assign(said.first.containers[0] ?? {}, { tareG: 1 })),
    'the tare of container C1',
  ],
  [
    'a truck with every hash above it',
    () => withDelivery((said) => Object.assign(said, { truck: 'ZZ-1' })),
    'the truck',
  ],
  [
    'the instant of a weight',
    () => withDelivery((said) => Object.assign(said.first, { registeredAt: '2026-06-01T00:00:00.000Z' })),
    'the instant of a weight',
  ],
  [
    'an entry’s text',
    () => withEntry(({ entryText }) => ({ entryText: entryText.replace('15000000', '16000000') })),
    'does not follow from its hashes',
  ],
  [
    'a frame in an entry',
    () => withEntry(({ entryText }) => ({ entryText: entryText.replace('02303132', '02303133') })),
    'does not follow from its hashes',
  ],
  [
    'an entry’s text and its hash',
    () =>
      withEntry(({ entryText, previousHash }) => {
        const text = entryText.replace('"value":"15000"', '"value":"15001"');
        return {
          entryText: text,
          hash: sha256(Buffer.concat([Buffer.from(previousHash, 'hex'), Buffer.from(text)])),
        };
      }),
    'signature',
  ],
  [
    'an entry’s signature',
    () => withEntry(({ signature }) => ({ signature: `A${signature?.slice(1)}` })),
    'signature',
  ],
  ['no signature', () => withEntry(() => ({ signature: null })), 'signature'],
  ['the place of an entry', () => withEntry(() => ({ seq: 99 })), 'signature'],
  ['an entry left out', () => ({ ...pack, entries: pack.entries.slice(1) }), 'is missing'],
  [
    'another key',
    () => ({
      ...pack,
      keys: pack.keys.map((key) => ({
        ...key,
        publicKey: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '',
      })),
    }),
    'signature',
  ],
])('a pack with %s changed is found out', (_, changed, what) => {
  const verdict = verifyPack(changed());
  expect(verdict.kind === 'unsound' ? verdict.fault.what : 'sound').toContain(what);
});

test('without the keys of its devices a pack is not sound, unless whoever checks takes unsigned entries', () => {
  const stripped = {
    ...pack,
    keys: [],
    entries: pack.entries.map((entry) => ({ ...entry, signature: null })),
  };
  expect(verifyPack(stripped)).toMatchObject({ fault: { what: expect.stringContaining('not signed') } });
  expect(verifyPack(stripped, { takesUnsigned: true })).toMatchObject({
    kind: 'sound',
    signed: 0,
    entries: 4,
  });
});

test('npm run cloud -- verify bill FILE says what it found by its exit code', () => {
  using folder = makeTestFolder();
  const file = join(folder.path, 'bill.json');
  writeFileSync(file, JSON.stringify(pack));
  expect(verifyBillCommand([file])).toBe(0);
  expect(verifyBillCommand([file, '--public-key', publicKey])).toBe(0);
  writeFileSync(file, JSON.stringify({ ...pack, entries: pack.entries.slice(1) }));
  expect(verifyBillCommand([file])).toBe(1);
  expect(verifyBillCommand([])).toBe(2);
  writeFileSync(file, '{"v":1}');
  expect(() => verifyBillCommand([file])).toThrow('no evidence pack');
});
