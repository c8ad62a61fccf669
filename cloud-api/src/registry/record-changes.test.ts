import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { changeOf, lockMasterData, recordChanges } from './record-changes.ts';

const { clock } = testParts;
let database: OpenDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const produce = (id: string) => changeOf('produce', id, { produce: id });
const record = (id: string) =>
  database.db.transaction().execute((trx) => recordChanges(trx, [produce(id)], clock));
const readAfter = async (revision: number) => {
  const rows = await database.db
    .selectFrom('master_data_changes')
    .select('revision')
    .where('revision', '>', revision)
    .orderBy('revision')
    .execute();
  return rows.map((row) => row.revision);
};

test('a revision is given at the commit: while one is open, the next waits, and a reader sees neither', async () => {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const first = database.db.transaction().execute(async (trx) => {
    const revision = await recordChanges(trx, [produce('first')], clock);
    begun.resolve();
    await goOn.promise;
    return revision;
  });
  await begun.promise;
  let secondDone = false;
  const second = record('second').finally(() => {
    secondDone = true;
  });
  await clock.sleep(200);
  expect(secondDone).toBe(false);
  expect(await readAfter(0)).toEqual([]);
  goOn.resolve();
  expect([await first, await second]).toEqual([1, 2]);
});

test('a change that is undone leaves no gap', async () => {
  const before = await database.db.transaction().execute(lockMasterData);
  const undone = database.db.transaction().execute(async (trx) => {
    await recordChanges(trx, [produce('undone')], clock);
    throw new Error('changed my mind');
  });
  await expect(undone).rejects.toThrow('changed my mind');
  expect(await record('done')).toBe(before + 1);
});

test('F19: 200 concurrent writers, and a reader that follows by the last revision it saw misses none', async () => {
  const start = await database.db.transaction().execute(lockMasterData);
  const seen: number[] = [];
  let writing = true;
  const reading = (async () => {
    while (writing || (await readAfter(seen.at(-1) ?? start)).length > 0) {
      seen.push(...(await readAfter(seen.at(-1) ?? start)));
    }
  })();
  const writers = Array.from({ length: 200 }, (_, i) =>
    database.db.transaction().execute(async (trx) => {
      const revision = await recordChanges(trx, [produce(`writer ${i}`)], clock);
      // Some commit late: with numbers given out of order, the reader would have gone past them.
      if (i % 20 === 0) await sql`select pg_sleep(0.01)`.execute(trx);
      return revision;
    }),
  );
  const given = await Promise.all(writers);
  writing = false;
  await reading;
  const expected = Array.from({ length: 200 }, (_, i) => start + 1 + i);
  expect([...given].sort((a, b) => a - b)).toEqual(expected);
  expect(seen).toEqual(expected);
}, 30_000);

test.each([
  'update master_data_changes set body = null',
  'delete from master_data_changes',
  'truncate master_data_changes',
  'update master_data_head set revision = revision - 1',
])('the schema refuses: %s', async (statement) => {
  await record('kept');
  await expect(database.pool.query(statement)).rejects.toThrow(/append-only|never go back/);
});
