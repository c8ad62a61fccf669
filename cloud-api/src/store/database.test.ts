import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';
import { startTestDatabase, testParts } from './test-database.ts';

let database: OpenDatabase & { url: string };
beforeAll(async () => {
  database = await startTestDatabase({ ownServer: true });
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

test('a whole number is read exactly or not at all, and a decimal stays text', async () => {
  const read = async (value: string) =>
    (await sql<{ v: unknown }>`select ${sql.raw(value)} as v`.execute(database.db)).rows;
  expect(await read('9007199254740991::int8')).toEqual([{ v: Number.MAX_SAFE_INTEGER }]);
  await expect(read('9007199254740992::int8')).rejects.toThrow('beyond the safe integers');
  expect(await read('0.1::numeric(18, 4)')).toEqual([{ v: '0.1000' }]);
});

test('a server that may forget what it committed is refused', async () => {
  for (const setting of ['synchronous_commit = off', 'synchronous_commit = local']) {
    await database.pool.query(`alter role weighgate set ${setting}`);
    try {
      const value = setting.split(' = ')[1];
      await expect(openDatabase(database.url, testParts.log)).rejects.toMatchObject({
        code: 'database_refused',
        message: expect.stringContaining(`synchronous_commit = ${value}`),
      });
    } finally {
      await database.pool.query('alter role weighgate reset synchronous_commit');
    }
  }
});

test('a statement that takes too long, and one that waits too long for another, are ended', async () => {
  const limits = { statementTimeoutMs: 300, lockTimeoutMs: 100 };
  await using limited = await openDatabase(database.url, testParts.log, limits);
  await expect(limited.pool.query('select pg_sleep(5)')).rejects.toThrow('statement timeout');
  const holder = await database.pool.connect();
  await holder.query('begin; lock table produce');
  await expect(limited.pool.query('select * from produce')).rejects.toThrow('lock timeout');
  await holder.query('rollback');
  holder.release();
});

test('migrating again changes nothing, and the epoch of the database stays', async () => {
  const epochs = () => database.db.selectFrom('cloud_epoch').select('epoch').execute();
  const before = await epochs();
  await Promise.all([migrate(database.pool, testParts), migrate(database.pool, testParts)]);
  expect(await epochs()).toEqual(before);
  expect(before).toHaveLength(1);
});

test('a step that fails leaves nothing of itself', async () => {
  const broken = {
    version: 1_000_000,
    name: 'broken',
    sql: 'create table half (x int); select no_such_function()',
  };
  await expect(migrate(database.pool, testParts, [...migrations, broken])).rejects.toThrow(
    'no_such_function',
  );
  const found = await database.pool.query(`select to_regclass('half') as half`);
  expect(found.rows).toEqual([{ half: null }]);
});

test('a schema newer than the program is refused in words', async () => {
  const last = migrations.at(-1)?.version;
  await expect(migrate(database.pool, testParts, migrations.slice(0, -1))).rejects.toMatchObject({
    code: 'database_refused',
    message: expect.stringContaining(`schema version ${last}, this program knows`),
  });
});

test('a step that was written beside others and arrives after them is still applied, once', async () => {
  const late = { version: 999_999, name: 'late', sql: 'create table late (x int)' };
  const later = { version: 1_000_000, name: 'later', sql: 'create table later (x int)' };
  await migrate(database.pool, testParts, [...migrations, later]);
  await migrate(database.pool, testParts, [...migrations, late, later]);
  await migrate(database.pool, testParts, [...migrations, late, later]);
  const found = await database.pool.query(
    `select to_regclass('late') as late, to_regclass('later') as later`,
  );
  expect(found.rows).toEqual([{ late: 'late', later: 'later' }]);
  await database.pool.query(
    'drop table late, later; delete from schema_migrations where version in (999999, 1000000)',
  );
});
