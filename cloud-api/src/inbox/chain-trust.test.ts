import { generateKeyPairSync, sign } from 'node:crypto';
import { type Hello, journalClaimOf, SYNC_2 } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mayCommand } from '../fleet/quarantine.ts';
import { registerSigningKey } from '../fleet/signing-keys.ts';
import type { OpenDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { ingestHello } from './greet.ts';
import { type IngestParts, ingestBatch } from './ingest.ts';
import { receiveMessage } from './receive-message.ts';
import { TestChain } from './test-chain.ts';

let database: OpenDatabase;
let parts: IngestParts;
/** Uuids of the entries that were applied, in order, and where they say they stand. */
const applied: { uuid: string; incarnation: string; seq: number }[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
  parts = {
    ...testParts,
    db: database.db,
    apply: async (_, entries) => {
      applied.push(...entries.map(({ uuid, incarnation, seq }) => ({ uuid, incarnation, seq })));
      return { kind: 'applied' };
    },
  };
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const tare = (container: string) => ({
  kind: 'container_tare.set' as const,
  body: { container, tareG: 1000, previousTareG: null },
});

function chainOf(entries: number, device: string): TestChain {
  const chain = new TestChain(device);
  for (let i = 0; i < entries; i += 1) chain.add(tare(`C${i}`));
  return chain;
}

const alarmsOf = (device: string) =>
  database.db
    .selectFrom('alarms')
    .select(['code', 'seq', 'times', 'incarnation'])
    .where('device', '=', device)
    .orderBy('raised_at')
    .execute();
const storedOf = (chain: TestChain) =>
  database.db
    .selectFrom('journal_entries')
    .selectAll()
    .where('incarnation', '=', chain.incarnation)
    .orderBy('seq')
    .execute();

const helloAt = (chain: TestChain, bootId: string, monoMs: number): Hello => {
  const hello = chain.hello();
  return { ...hello, at: { ...hello.at, bootId, monoMs } };
};

test('a device restored from an image that went on elsewhere is answered with a fork, and told up to where it agrees', async () => {
  const chain = chainOf(8, 'image-1');
  await ingestBatch(chain.batch(), parts);
  const image = new TestChain(chain.device, chain.incarnation);
  image.rows.push(...chain.rows.slice(0, 4));
  image.add(tare('X1'));
  image.add(tare('X2'));
  const marks = [5, 4, 2, 1].map((seq) => ({ seq, hash: image.headHash(seq) }));
  const hello: Hello = { ...image.hello(), capabilities: [SYNC_2], marks };
  expect(await ingestHello(hello, parts)).toMatchObject([
    { type: 'welcome', upTo: 8, agreedSeq: 4, agreedHash: image.headHash(4), schemas: { min: 1, max: 1 } },
    { type: 'fork', seq: 6, cloudHash: chain.headHash(6) },
  ]);
  expect(await alarmsOf('image-1')).toMatchObject([{ code: 'fork', seq: 6, times: 1 }]);
  await ingestHello(hello, parts);
  expect(await alarmsOf('image-1')).toMatchObject([{ code: 'fork', times: 2 }]);
});

test('to a device that does not speak of it, nothing new is said', async () => {
  const [welcome] = await ingestHello(chainOf(1, 'old-1').hello(), parts);
  for (const key of ['agreedSeq', 'schemas', 'spreadMs']) expect(welcome).not.toHaveProperty(key);
});

test('two machines under one name: commands stop, weighings go on', async () => {
  const chain = chainOf(2, 'twin-1');
  await ingestHello(helloAt(chain, 'boot-a', 1_000), parts);
  await ingestHello(helloAt(chain, 'boot-b', 500), parts);
  await ingestHello(helloAt(chain, 'boot-a', 2_000), parts);
  await ingestHello(helloAt(chain, 'boot-b', 700), parts);
  expect(await alarmsOf('twin-1')).toMatchObject([{ code: 'duplicate_device', times: 1 }]);
  expect(await mayCommand(database.db, 'twin-1')).toBe(false);
  expect(await ingestBatch(chain.batch(), parts)).toMatchObject({ type: 'ack', upTo: 2 });
});

test('a key on file: what it signed is verified, what it did not is refused and stored nowhere', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const chain = chainOf(3, 'signed-1');
  const { x: spoken = '' } = publicKey.export({ format: 'jwk' });
  await database.db
    .transaction()
    .execute((trx) => registerSigningKey(trx, { device: 'signed-1', publicKey: spoken }, testParts.clock));
  expect(await ingestBatch(chain.batch(), parts)).toMatchObject({
    type: 'reject',
    seq: 1,
    code: 'bad_signature',
  });
  expect(await storedOf(chain)).toEqual([]);
  expect(await alarmsOf('signed-1')).toMatchObject([{ code: 'rejected', seq: 1 }]);
  const batch = chain.batch();
  const rows = batch.rows.map((row) => ({
    ...row,
    signature: sign(null, Buffer.from(journalClaimOf(chain.incarnation, row)), privateKey).toString(
      'base64url',
    ),
  }));
  expect(await ingestBatch({ ...batch, rows }, parts)).toMatchObject({ type: 'ack', upTo: 3 });
  expect((await storedOf(chain)).map((row) => row.signature_state)).toEqual(Array(3).fill('verified'));
});

test('without a key on file entries are stored and marked as unverified', async () => {
  const chain = chainOf(1, 'unsigned-1');
  await ingestBatch(chain.batch(), parts);
  expect(await storedOf(chain)).toMatchObject([{ signature_state: 'unverified' }]);
});

test('a message that names another device than its topic is refused, and somebody is told', async () => {
  const chain = chainOf(1, 'gate-b');
  const answers: unknown[] = [];
  const packet = { topic: 'wg/v1/d/gate-a/up', payload: Buffer.from(JSON.stringify(chain.batch())) };
  expect(await receiveMessage(packet, (said) => answers.push(said), parts)).toBe('discarded');
  expect(answers).toMatchObject([{ type: 'reject', device: 'gate-a', code: 'wrong_device' }]);
  expect(await alarmsOf('gate-a')).toMatchObject([{ code: 'wrong_device', incarnation: null }]);
  expect(await storedOf(chain)).toEqual([]);
});

test('when an entry was made is kept as the device said and as it truly was', async () => {
  const now = Date.parse('2026-06-01T12:00:00Z');
  const chain = new TestChain('late-1');
  const at = { wallMs: 0, bootId: 'boot-1', monoMs: 10_000, clock: 'unsynced' };
  chain.add(tare('C1'), { at });
  chain.add(tare('C2'), { at: { ...at, bootId: 'boot-0' } });
  const atNoon = { ...parts, clock: { ...testParts.clock, now: () => now } };
  await ingestHello(helloAt(chain, 'boot-1', 70_000), atNoon);
  await ingestBatch(chain.batch(), atNoon);
  expect(await storedOf(chain)).toMatchObject([
    { made_at: new Date(0), made_at_true: new Date(now - 60_000) },
    { made_at: new Date(0), made_at_true: null },
  ]);
});

/** A new life of a chain's device that carries one of its entries. */
function carryingChain(from: TestChain, seq: number, changes: object = {}): TestChain {
  const chain = new TestChain(from.device);
  const row = from.rows[seq - 1];
  const body = {
    incarnation: from.incarnation,
    seq,
    previousHash: from.headHash(seq - 1),
    hash: row?.hash,
    entryText: row?.entry,
    ...changes,
  };
  chain.add({ kind: 'entry.carried', body });
  return chain;
}

test('an entry carried over from a former life counts once, under its own id, at its new place', async () => {
  const lost = chainOf(1, 'carry-1');
  const [uuid] = lost.rows.map((row) => (JSON.parse(row.entry) as { uuid: string }).uuid);
  const life = carryingChain(lost, 1);
  applied.length = 0;
  expect(await ingestBatch(life.batch(), parts)).toMatchObject({ type: 'ack', upTo: 1 });
  expect(applied).toEqual([{ uuid, incarnation: life.incarnation, seq: 1 }]);
  // Carried again, and sent as it was: the same fact, and nothing follows.
  await ingestBatch(carryingChain(lost, 1).batch(), parts);
  await ingestBatch(lost.batch(), parts);
  expect(applied).toHaveLength(1);
  expect(await alarmsOf('carry-1')).toEqual([]);
});

test('another fact under an id that is taken is parked, and somebody is told', async () => {
  const first = chainOf(1, 'carry-2');
  await ingestBatch(first.batch(), parts);
  const [uuid] = first.rows.map((row) => (JSON.parse(row.entry) as { uuid: string }).uuid);
  const other = new TestChain('carry-2');
  other.add(tare('OTHER'), { uuid });
  applied.length = 0;
  const life = carryingChain(other, 1);
  expect(await ingestBatch(life.batch(), parts)).toMatchObject({ type: 'ack', upTo: 1 });
  expect(applied).toEqual([]);
  const parked = await database.db
    .selectFrom('parked_entries')
    .selectAll()
    .where('incarnation', '=', life.incarnation)
    .execute();
  expect(parked).toMatchObject([{ seq: 1, reason: 'fact_conflict' }]);
  expect(await alarmsOf('carry-2')).toMatchObject([{ code: 'fact_conflict' }]);
});

test('a carried entry that does not prove itself is kept and parked', async () => {
  const lost = chainOf(2, 'carry-3');
  applied.length = 0;
  for (const changes of [
    { previousHash: 'f'.repeat(64) },
    { seq: 2 },
    { incarnation: new TestChain().incarnation },
  ]) {
    const life = carryingChain(lost, 1, changes);
    expect(await ingestBatch(life.batch(), parts)).toMatchObject({ type: 'ack', upTo: 1 });
    const parked = await database.db
      .selectFrom('parked_entries')
      .select('reason')
      .where('incarnation', '=', life.incarnation)
      .execute();
    expect(parked).toEqual([{ reason: 'carried_unproven' }]);
  }
  expect(applied).toEqual([]);
});
