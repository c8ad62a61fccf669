import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from './cloud-api/src/store/database.ts';
import { startEmbeddedPostgres } from './cloud-api/src/store/embedded-postgres.ts';
import { migrate } from './cloud-api/src/store/migrate.ts';
import { testParts } from './cloud-api/src/store/test-database.ts';
import { TEST_POSTGRES_ENV } from './vitest.postgres-env.ts';

/** One real server for all test files, its database migrated once: each file gets a copy of that for itself. */
export async function setup(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'weighgate-'));
  const postgres = await startEmbeddedPostgres({ ...testParts, dataDir, port: 0 });
  {
    await using database = await openDatabase(postgres.url, testParts.log);
    await migrate(database.pool, testParts);
  }
  process.env[TEST_POSTGRES_ENV] = postgres.url;
  return async () => {
    await postgres[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
