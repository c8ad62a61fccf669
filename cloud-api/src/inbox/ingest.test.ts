import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenDatabase } from '../store/database.ts';
import { readCloudEpoch } from '../store/epoch.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import type { Applied } from './applied.ts';
import { ingestHello } from './greet.ts';
import { type IngestParts, ingestBatch, ingestBatches } from './ingest.ts';
import { TestChain, visitEntries } from './test-chain.ts';

let database: OpenDatabase;
let parts: IngestParts;
/** Session ids in the order their entries were applied. */
const applied: string[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
  parts = {
    ...testParts,
    db: database.db,
    apply: async (_, entries): Promise<Applied> => {
      applied.push(...entries.map(({ uuid }) => uuid));
      return { kind: 'applied' };
    },
  };
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const storedOf = (chain: TestChain) =>
  database.db
    .selectFrom('journal_entries')
    .select(['seq', 'hash', 'previous_hash', 'entry_text', 'uuid'])
    .where('incarnation', '=', chain.incarnation)
    .orderBy('seq')
    .execute();

const parkedOf = (chain: TestChain) =>
  database.db.selectFrom('parked_entries').selectAll().where('incarnation', '=', chain.incarnation).execute();

function chainOf(entries: number, device?: string): TestChain {
  const chain = new TestChain(device);
  for (let i = 0; i < entries; i += 1) {
    chain.add({
      kind: 'container_tare.set',
      body: { container: `C${i}`, tareG: 1000 + i, previousTareG: null },
    });
  }
  return chain;
}

test('a batch sent ten times is stored and applied once, and acknowledged the same each time', async () => {
  const chain = chainOf(5);
  applied.length = 0;
  for (let i = 0; i < 10; i += 1) {
    expect(await ingestBatch(chain.batch(), parts)).toMatchObject({
      type: 'ack',
      upTo: 5,
      hash: chain.headHash(),
      cloudEpoch: await readCloudEpoch(database.db),
    });
  }
  const stored = await storedOf(chain);
  expect(stored.map(({ hash }) => hash)).toEqual(chain.rows.map(({ hash }) => hash));
  expect(stored.map(({ entry_text }) => entry_text)).toEqual(chain.rows.map(({ entry }) => entry));
  expect(applied).toEqual(stored.map(({ uuid }) => uuid));
});

test('batches that follow each other are stored in one transaction, and one receipt covers all', async () => {
  const chain = chainOf(6);
  applied.length = 0;
  let transactions = 0;
  const apply: IngestParts['apply'] = (trx, entries) => {
    transactions += 1;
    return parts.apply(trx, entries);
  };
  const batches = [chain.batch(1, 2), chain.batch(3, 5), chain.batch(6, 6)];
  expect(await ingestBatches(batches, { ...parts, apply })).toMatchObject([
    { type: 'ack', upTo: 6, hash: chain.headHash() },
  ]);
  expect(transactions).toBe(1);
  expect((await storedOf(chain)).map(({ uuid }) => uuid)).toEqual(applied);
  expect(await ingestBatches(batches, parts)).toMatchObject([{ type: 'ack', upTo: 6 }]);
  expect(applied).toHaveLength(6);
});

test('when one of them is refused, those before it are stored, and nothing of it or behind it', async () => {
  const chain = chainOf(6);
  const tampered = chain.batch(3, 4);
  const rows = tampered.rows.map((row) => (row.seq === 4 ? { ...row, entry: `${row.entry} ` } : row));
  const batches = [chain.batch(1, 2), { ...tampered, rows }, chain.batch(5, 6)];
  expect(await ingestBatches(batches, parts)).toMatchObject([
    { type: 'ack', upTo: 2 },
    { type: 'reject', seq: 4, code: 'bad_hash' },
    { type: 'need', from: 3 },
  ]);
  expect((await storedOf(chain)).map(({ seq }) => seq)).toEqual([1, 2]);
});

test('what the device signed for an entry is kept with it', async () => {
  const chain = chainOf(2);
  const batch = chain.batch();
  const signature = 'A'.repeat(86);
  const rows = batch.rows.map((row) => (row.seq === 2 ? { ...row, signature } : row));
  expect(await ingestBatch({ ...batch, rows }, parts)).toMatchObject({ type: 'ack', upTo: 2 });
  const kept = await database.db
    .selectFrom('journal_entries')
    .select('signature')
    .where('incarnation', '=', chain.incarnation)
    .orderBy('seq')
    .execute();
  expect(kept).toEqual([{ signature: null }, { signature }]);
});

test('the same batch sent at once over many connections is stored once', async () => {
  const chain = chainOf(6);
  await ingestBatch(chain.batch(1, 1), parts);
  const answers = await Promise.all(Array.from({ length: 8 }, () => ingestBatch(chain.batch(), parts)));
  expect(answers.every((answer) => answer.type === 'ack' && answer.upTo === 6)).toBe(true);
  expect(await storedOf(chain)).toHaveLength(6);
});

test('a gap is asked for and nothing of the batch is stored', async () => {
  const chain = chainOf(6);
  await ingestBatch(chain.batch(1, 2), parts);
  expect(await ingestBatch(chain.batch(4, 6), parts)).toMatchObject({ type: 'need', from: 3, to: null });
  expect(await storedOf(chain)).toHaveLength(2);
});

test('batches cut, repeated and shuffled in any way end as the chain itself, once the gaps asked for are filled', async () => {
  const cutOf = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 5 }));
  await fc.assert(
    fc.asyncProperty(fc.array(cutOf, { minLength: 1, maxLength: 12 }), async (cuts) => {
      const chain = chainOf(12);
      for (const [from, more] of cuts) {
        const answer = await ingestBatch(chain.batch(from, Math.min(12, from + more)), parts);
        // As a device does: what is asked for is sent.
        if (answer.type === 'need') await ingestBatch(chain.batch(answer.from, 12), parts);
      }
      await ingestBatch(chain.batch(), parts);
      const stored = await storedOf(chain);
      expect(stored.map(({ hash }) => hash)).toEqual(chain.rows.map(({ hash }) => hash));
      expect(stored.map(({ previous_hash }) => previous_hash)).toEqual(
        chain.rows.map(({ seq }) => chain.headHash(seq - 1)),
      );
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('another entry at a stored seq is answered with a fork, and both are kept', async () => {
  const chain = chainOf(3);
  await ingestBatch(chain.batch(), parts);
  const other = new TestChain(chain.device, chain.incarnation);
  other.rows.push(...chain.rows.slice(0, 2));
  other.add({ kind: 'test.other', body: 1 });
  const first = await ingestBatch(other.batch(), parts);
  expect(first).toMatchObject({ type: 'fork', seq: 3, cloudHash: chain.headHash() });
  expect(await ingestBatch(other.batch(), parts)).toEqual(first);
  expect((await storedOf(chain)).map(({ hash }) => hash)).toEqual(chain.rows.map(({ hash }) => hash));
  const forks = await database.db
    .selectFrom('ingest_forks')
    .selectAll()
    .where('incarnation', '=', chain.incarnation)
    .execute();
  expect(forks).toMatchObject([
    { seq: 3, hash: other.headHash(), known_hash: chain.headHash(), entry_text: other.rows[2]?.entry },
  ]);
});

test('a wrong hash is rejected and nothing of the batch is stored', async () => {
  const chain = chainOf(3);
  const batch = chain.batch();
  const rows = batch.rows.map((row) => (row.seq === 2 ? { ...row, hash: 'f'.repeat(64) } : row));
  expect(await ingestBatch({ ...batch, rows }, parts)).toMatchObject({
    type: 'reject',
    seq: 2,
    code: 'bad_hash',
  });
  expect(await storedOf(chain)).toHaveLength(0);
});

test('a kind nobody knows is stored, parked and acknowledged', async () => {
  const chain = chainOf(1);
  chain.add({ kind: 'crane.turned', body: { degrees: 90 } });
  chain.add({ kind: 'container_tare.set', body: { container: 'C9', tareG: 1, previousTareG: null } });
  expect(await ingestBatch(chain.batch(), parts)).toMatchObject({ type: 'ack', upTo: 3 });
  expect(await parkedOf(chain)).toMatchObject([{ seq: 2, kind: 'crane.turned', reason: 'unknown_kind' }]);
});

test('an entry that fails while it is applied leaves no half of itself, is parked, and holds up nothing', async () => {
  const chain = chainOf(1);
  const { opened } = visitEntries({
    truck: 'T1',
    produce: null,
    inKg: 9,
    outKg: 1,
    weighedOutAt: '2026-05-31T11:00:00.000Z',
  });
  chain.add(opened);
  chain.add({ kind: 'container_tare.set', body: { container: 'C9', tareG: 1, previousTareG: null } });
  const failing: IngestParts = {
    ...parts,
    apply: async (trx, entries) => {
      const entry = entries.find(({ kind }) => kind === 'session.opened');
      if (entry?.kind !== 'session.opened') return { kind: 'applied' };
      await trx
        .insertInto('produce')
        .values({ id: 'half', created_at: entry.body.weight.registeredAt })
        .execute();
      await trx
        .insertInto('produce')
        .values({ id: 'half', created_at: entry.body.weight.registeredAt })
        .execute();
      return { kind: 'applied' };
    },
  };
  expect(await ingestBatch(chain.batch(), failing)).toMatchObject({ type: 'ack', upTo: 3 });
  expect(await parkedOf(chain)).toMatchObject([
    { seq: 2, reason: 'apply_failed', ticket_no: opened.body.ticketNo },
  ]);
  expect(await database.db.selectFrom('produce').selectAll().execute()).toEqual([]);
});

test('a fact that comes again under a new chain is kept for the chain and not applied again', async () => {
  const before = chainOf(1);
  await ingestBatch(before.batch(), parts);
  const [stored] = await storedOf(before);
  const after = new TestChain();
  after.add(
    { kind: 'container_tare.set', body: { container: 'C0', tareG: 1000, previousTareG: null } },
    { uuid: stored?.uuid },
  );
  applied.length = 0;
  expect(await ingestBatch(after.batch(), parts)).toMatchObject({ type: 'ack', upTo: 1 });
  expect(await parkedOf(after)).toEqual([]);
  expect(applied).toEqual([]);
  expect(await storedOf(after)).toHaveLength(1);
});

test('a device that greets is told how far its chain is stored, and by which clock', async () => {
  const chain = chainOf(4, 'gate-9');
  expect(await ingestHello(chain.hello(), parts)).toMatchObject([
    { type: 'welcome', upTo: 0, hash: chain.headHash(0), window: 16 },
  ]);
  await ingestBatch(chain.batch(1, 3), parts);
  expect(await ingestHello(chain.hello(), parts)).toMatchObject([
    { type: 'welcome', upTo: 3, hash: chain.headHash(3) },
  ]);
  const devices = await database.db
    .selectFrom('devices')
    .selectAll()
    .where('device', '=', 'gate-9')
    .execute();
  expect(devices).toMatchObject([{ incarnation: chain.incarnation, head_seq: 4 }]);
});

test('a stored entry cannot be changed or deleted, not even by SQL', async () => {
  const chain = chainOf(1);
  await ingestBatch(chain.batch(), parts);
  for (const statement of [
    `update journal_entries set entry_text = '{}'`,
    'delete from journal_entries',
    'truncate journal_entries cascade',
    'delete from ingest_forks',
  ]) {
    await expect(database.pool.query(statement), statement).rejects.toThrow('append-only');
  }
});

test('a chain of which nothing could be stored leaves nothing behind', async () => {
  const chain = chainOf(3);
  expect(await ingestBatch(chain.batch(2, 3), parts)).toMatchObject({ type: 'need', from: 1 });
  const positions = await database.db
    .selectFrom('ingest_positions')
    .selectAll()
    .where('incarnation', '=', chain.incarnation)
    .execute();
  expect(positions).toEqual([]);
});
