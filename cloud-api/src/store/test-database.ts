import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { Client } from 'pg';
import { pino } from 'pino';
import { type OpenDatabase, openDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrate } from './migrate.ts';
import { sharedTestServer } from './shared-test-server.ts';

/** What tests pass in where a program passes its own. */
export const testParts = {
  clock: systemClock,
  makeId: idMaker(systemClock),
  log: pino({ level: 'silent' }),
  randomBytes,
};

/** A folder that is gone after the test. */
export function makeTestFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'weighgate-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * The real server with a fresh, migrated database of the caller's own.
 * @param ownServer for tests that change settings of the server or of its roles
 */
export async function startTestDatabase({ ownServer = false } = {}): Promise<OpenDatabase & { url: string }> {
  await using started = new AsyncDisposableStack();
  const shared = ownServer ? undefined : sharedTestServer();
  const url = shared === undefined ? await startOwnServer(started) : await copyMigrated(shared, started);
  const database = started.use(await openDatabase(url, testParts.log));
  await migrate(database.pool, testParts);
  const running = started.move();
  return { ...database, url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Outside of the test run, as in a proof or a bench, there is no server yet. */
async function startOwnServer(started: AsyncDisposableStack): Promise<string> {
  const folder = started.use(makeTestFolder());
  return started.use(await startEmbeddedPostgres({ ...testParts, dataDir: folder.path, port: 0 })).url;
}

/** A copy of the database that was migrated once for all; gone when disposed. */
async function copyMigrated(shared: string, started: AsyncDisposableStack): Promise<string> {
  const name = `test_${testParts.makeId().replaceAll('-', '')}`;
  const template = new URL(shared).pathname.slice(1);
  await administer(shared, `create database ${name} template ${template}`);
  started.defer(() => administer(shared, `drop database ${name} with (force)`));
  const url = new URL(shared);
  url.pathname = `/${name}`;
  return url.href;
}

async function administer(shared: string, statement: string): Promise<void> {
  const url = new URL(shared);
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
