import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDatabase, openDatabase } from './database.ts';
import { readCloudEpoch, settleEpoch } from './epoch.ts';
import { startTestDatabase, testParts } from './test-database.ts';

let database: OpenDatabase & { url: string };
beforeAll(async () => {
  database = await startTestDatabase({ ownServer: true });
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const reasons = async () =>
  (
    await database.pool.query<{ reason: string }>(
      'select reason from cloud_epoch_changes order by changed_at',
    )
  ).rows.map(({ reason }) => reason);

async function settle(restored?: string): Promise<void> {
  const client = await database.pool.connect();
  try {
    await settleEpoch(client, testParts, restored);
  } finally {
    client.release();
  }
}

test('a database that stays where it is keeps its epoch', async () => {
  const born = await readCloudEpoch(database.db);
  await database.watchLineage(testParts);
  await settle();
  expect(await readCloudEpoch(database.db)).toBe(born);
  expect(await reasons()).toEqual([]);
});

test('a database that is said to be restored has another epoch', async () => {
  const before = await readCloudEpoch(database.db);
  await settle('restored from a backup');
  expect(await readCloudEpoch(database.db)).not.toBe(before);
  expect(await reasons()).toEqual(['restored from a backup']);
});

test('in another cluster, and after a failover, it is another epoch, once', async () => {
  for (const [column, reason] of [
    ['system_identifier', 'another PostgreSQL cluster'],
    ['timeline', 'promoted'],
  ] as const) {
    const before = await readCloudEpoch(database.db);
    await database.pool.query(`update cloud_epoch set ${column} = 'elsewhere'`);
    await settle();
    const after = await readCloudEpoch(database.db);
    expect(after).not.toBe(before);
    expect((await reasons()).at(-1)).toContain(reason);
    await settle();
    expect(await readCloudEpoch(database.db)).toBe(after);
  }
});

test('a copy of the database beside it finds out by itself when it is opened', async () => {
  await database.watchLineage(testParts);
  const before = await readCloudEpoch(database.db);
  await using copy = await copyOf(database);
  await copy.watchLineage(testParts);
  expect(await readCloudEpoch(copy.db)).not.toBe(before);
  expect(await readCloudEpoch(database.db)).toBe(before);
});

/** The database as `pg_dump` and a restore into a new database of the same server would leave it. */
async function copyOf(original: OpenDatabase & { url: string }): Promise<OpenDatabase> {
  const url = new URL(original.url);
  await using other = await openDatabase(new URL('/postgres', url).href, testParts.log);
  await other.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'weighgate'`,
  );
  await other.pool.query('create database copied template weighgate');
  return openDatabase(new URL('/copied', url).href, testParts.log);
}

test('a server that no longer keeps what it acknowledged is refused on the next connection, not only at the start', async () => {
  await using opened = await openDatabase(database.url, testParts.log);
  await opened.ping();
  await database.pool.query('alter database weighgate set synchronous_commit = off');
  try {
    await opened.pool.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
    await expect(opened.ping()).rejects.toThrow('synchronous_commit = off');
  } finally {
    await database.pool.query('alter database weighgate reset synchronous_commit');
  }
});
