import type { Digest } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { answerDigest, digestResultOf } from './answer-digest.ts';
import { type IngestParts, ingestBatch } from './ingest.ts';
import { TestChain } from './test-chain.ts';

let database: OpenDatabase;
let parts: IngestParts;
beforeAll(async () => {
  database = await startTestDatabase();
  parts = { ...testParts, db: database.db, apply: async () => ({ kind: 'applied' }) };
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

/** A stored chain of 30 entries, and its digest in blocks of 10. */
async function storedChain(device: string) {
  const chain = new TestChain(device);
  for (let i = 0; i < 30; i += 1) {
    chain.add({ kind: 'container_tare.set', body: { container: `C${i}`, tareG: 1000, previousTareG: null } });
  }
  await ingestBatch(chain.batch(), parts);
  const digest: Digest = {
    v: 1,
    type: 'digest',
    device,
    incarnation: chain.incarnation,
    firstSeq: 1,
    blocks: [10, 20, 30].map((seq) => ({ seq, hash: chain.headHash(seq) })),
  };
  return { chain, digest };
}

/** Changes what is stored behind the back of everything that guards it, as a failing disk does. */
async function damage(chain: TestChain, seq: number, change: string): Promise<void> {
  await database.pool.query('alter table journal_entries disable trigger journal_entries_append_only');
  await database.pool.query(`update journal_entries set ${change} where incarnation = $1 and seq = $2`, [
    chain.incarnation,
    seq,
  ]);
  await database.pool.query('alter table journal_entries enable trigger journal_entries_append_only');
}

const readOf = async (chain: TestChain) =>
  (
    await database.db
      .selectFrom('proven_entries')
      .select(['entry_text', 'hash', 'previous_hash'])
      .where('incarnation', '=', chain.incarnation)
      .orderBy('seq')
      .execute()
  ).map((row) => [row.entry_text, row.hash, row.previous_hash]);
const whole = (chain: TestChain) =>
  chain.rows.map(({ seq, entry, hash }) => [entry, hash, chain.headHash(seq - 1)]);

test('two sides that hold the same agree to the end', async () => {
  const { digest } = await storedChain('digest-1');
  expect(await answerDigest(digest, parts)).toMatchObject({
    type: 'digest_result',
    agreedSeq: 30,
    agreedHash: digest.blocks.at(-1)?.hash,
    differing: [],
  });
  const tail = { ...digest, firstSeq: 11, blocks: digest.blocks.slice(1) };
  expect(await answerDigest(tail, parts)).toMatchObject({ agreedSeq: 30, differing: [] });
});

test('a block with another hash, and one that is not stored, are named', async () => {
  const { digest } = await storedChain('digest-2');
  const [first, , third] = digest.blocks;
  const blocks = [first, { seq: 20, hash: 'f'.repeat(64) }, third, { seq: 40, hash: 'e'.repeat(64) }];
  expect(await answerDigest({ ...digest, blocks: blocks as Digest['blocks'] }, parts)).toMatchObject({
    agreedSeq: 10,
    differing: [
      { from: 11, to: 20 },
      { from: 31, to: 40 },
    ],
  });
});

test.each([
  ['one character of a stored text', `entry_text = overlay(entry_text placing '9' from 5 for 1)`],
  ['a stored hash', `hash = repeat('a', 64)`],
  ['what a stored entry says of the one before', `previous_hash = repeat('b', 64)`],
])('%s went bad: it is found, told, and mended from what the device sends again', async (_, change) => {
  const { chain, digest } = await storedChain(`digest-${change.length}`);
  await damage(chain, 15, change);
  expect(await readOf(chain)).not.toEqual(whole(chain));
  expect(await answerDigest(digest, parts)).toMatchObject({
    agreedSeq: 10,
    differing: [{ from: 11, to: 20 }],
  });
  const alarms = await database.db
    .selectFrom('alarms')
    .select('code')
    .where('device', '=', chain.device)
    .execute();
  expect(alarms).toEqual([{ code: 'stored_entry_damaged' }]);

  expect(await ingestBatch(chain.batch(11, 20), parts)).toMatchObject({ type: 'ack', upTo: 30 });
  expect(await readOf(chain)).toEqual(whole(chain));
  expect(await answerDigest(digest, parts)).toMatchObject({ agreedSeq: 30, differing: [] });
  // What was found stays on record, beside what it was mended with.
  const stored = await database.db
    .selectFrom('journal_entries')
    .select(['entry_text', 'hash', 'previous_hash'])
    .where('incarnation', '=', chain.incarnation)
    .where('seq', '=', 15)
    .executeTakeFirstOrThrow();
  expect([stored.entry_text, stored.hash, stored.previous_hash]).not.toEqual(whole(chain)[14]);
  for (const table of ['entry_repairs', 'entry_damages']) {
    await expect(database.pool.query(`delete from ${table}`)).rejects.toThrow('append-only');
  }
});

test('a damaged entry is not mended with another text', async () => {
  const { chain, digest } = await storedChain('digest-forged');
  await damage(chain, 15, `entry_text = '{}'`);
  await answerDigest(digest, parts);
  const forged = new TestChain(chain.device, chain.incarnation);
  forged.rows.push(...chain.rows.slice(0, 14));
  forged.add({ kind: 'container_tare.set', body: { container: 'X', tareG: 9, previousTareG: null } });
  expect(await ingestBatch(forged.batch(11, 15), parts)).toMatchObject({ type: 'fork', seq: 15 });
  expect(await answerDigest(digest, parts)).toMatchObject({ differing: [{ from: 11, to: 20 }] });
});

test('the first block that differs is where agreement ends', () => {
  const block = (from: number, agrees: boolean) => ({ from, to: from + 9, agrees });
  expect(digestResultOf([block(1, false), block(11, true)])).toEqual({
    agreedSeq: 0,
    differing: [{ from: 1, to: 10 }],
  });
});
