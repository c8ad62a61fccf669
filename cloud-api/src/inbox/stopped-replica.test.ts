import { expect, test } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { type IngestParts, ingestBatch } from './ingest.ts';
import { TestChain } from './test-chain.ts';

const limits = { statementTimeoutMs: 5_000, lockTimeoutMs: 300 };

test('a replica that stands still with a device’s row in its hands holds up that device alone, and is waited for no longer than the lock’s limit (D18)', async () => {
  await using server = await startTestDatabase();
  await using database = await openDatabase(server.url, testParts.log, limits);
  const parts: IngestParts = { ...testParts, db: database.db, apply: async () => ({ kind: 'applied' }) };
  const [held, other] = [chainOf('gate-1'), chainOf('gate-2')];
  expect(await ingestBatch(held.batch(1, 1), parts)).toMatchObject({ type: 'ack', upTo: 1 });

  // What a stopped process leaves behind: a connection that says nothing more, in the middle of its transaction.
  const stopped = await server.pool.connect();
  await stopped.query('begin');
  await stopped.query('select from ingest_positions where incarnation = $1 for update', [held.incarnation]);

  expect(await ingestBatch(other.batch(), parts)).toMatchObject({ type: 'ack', upTo: 3 });
  await expect(ingestBatch(held.batch(), parts)).rejects.toThrow('lock timeout');
  expect(await ingestBatch(other.batch(), parts)).toMatchObject({ type: 'ack', upTo: 3 });

  await stopped.query('rollback');
  stopped.release();
  expect(await ingestBatch(held.batch(), parts)).toMatchObject({ type: 'ack', upTo: 3 });
}, 60_000);

function chainOf(device: string): TestChain {
  const chain = new TestChain(device);
  for (let tareG = 1; tareG <= 3; tareG += 1)
    chain.add({ kind: 'container_tare.set', body: { container: 'C-1', tareG, previousTareG: null } });
  return chain;
}
