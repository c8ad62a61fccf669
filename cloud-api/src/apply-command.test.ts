import { idMaker, systemClock } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyEntries } from './apply-entry.ts';
import { ingestBatch } from './inbox/ingest.ts';
import { TestChain } from './inbox/test-chain.ts';
import type { OpenDatabase } from './store/database.ts';
import { startTestDatabase, testParts } from './store/test-database.ts';

const makeId = idMaker(systemClock);
let database: OpenDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

test('a command to an indicator is kept in the journal, and nothing else follows from it', async () => {
  const chain = new TestChain();
  chain.add({
    kind: 'indicator.commanded',
    body: {
      scaleId: 'main',
      command: 'zero',
      bytesHex: '5a',
      outcome: 'done',
      detail: 'The indicator shows zero.',
    },
  });
  const parts = {
    ...testParts,
    db: database.db,
    cloudEpoch: makeId(),
    apply: (trx: Parameters<typeof applyEntries>[0], entries: Parameters<typeof applyEntries>[1]) =>
      applyEntries(trx, entries, { clock: systemClock, makeId }),
  };
  expect(await ingestBatch(chain.batch(), parts)).toMatchObject({ type: 'ack', upTo: 1 });
  const stored = await database.db.selectFrom('journal_entries').select('kind').execute();
  expect(stored).toEqual([{ kind: 'indicator.commanded' }]);
  expect(await database.db.selectFrom('parked_entries').selectAll().execute()).toEqual([]);
});
