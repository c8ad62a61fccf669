import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { type OpenDatabase, openDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrate } from './migrate.ts';

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

/** The real server on a fresh, migrated database: one for a test file. */
export async function startTestDatabase(): Promise<OpenDatabase & { url: string }> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(makeTestFolder());
  const postgres = started.use(await startEmbeddedPostgres({ ...testParts, dataDir: folder.path, port: 0 }));
  const database = started.use(await openDatabase(postgres.url, testParts.log));
  await migrate(database.pool, testParts);
  const running = started.move();
  return { ...database, url: postgres.url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
