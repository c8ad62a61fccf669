import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { APPLICATION_ID, databasePath, openDatabase } from './open-database.ts';
import { schemaVersions } from './schema.ts';
import { storeFolder } from './store-folder.ts';

const WEIGHTS = 10_000;

/** A database of the first version with so many weighings that bringing it up to date takes a while. */
function oldDatabase(dataDir: string): void {
  const database = new Database(databasePath(dataDir));
  database.pragma('journal_mode = WAL');
  database.exec(schemaVersions[0] ?? '');
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma('user_version = 1');
  const [entry, session, weight] = [
    `INSERT INTO journal (position, incarnation, seq, uuid, kind, entry_text, hash)
     VALUES (@n, 'life', @n, @uuid, 'test.entry', '{}', '${'0'.repeat(64)}')`,
    `INSERT INTO weighing_sessions (session_id, state, first_weight_id) VALUES (@uuid, 'single', @uuid)`,
    `INSERT INTO registered_weights
       (weight_id, session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at)
     VALUES (@uuid, @uuid, 'north', 'single', 1, '["C-1","C-2"]', 'T', @n, 'now')`,
  ].map((sql) => database.prepare(sql));
  database.transaction(() => {
    for (let n = 1; n <= WEIGHTS; n += 1) {
      const row = { n, uuid: `w-${n}` };
      for (const statement of [entry, session, weight]) statement?.run(row);
    }
  })();
  database.close();
}

/** Opens the database in a process of its own, says when it begins, and is killed so long after that. */
async function openAndKill(dataDir: string, afterMs: number): Promise<void> {
  const script = `
    import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, 'open-database.ts'))};
    process.stdout.write('begins');
    openDatabase(${JSON.stringify(dataDir)}).close();`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  await systemClock.sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}

test('a database whose agent was killed while it brought it up to date is the old one or the new one, whole (B22)', async () => {
  using folder = storeFolder();
  oldDatabase(folder.dataDir);
  const versions = new Set<unknown>();
  for (const afterMs of [10, 60, 120]) {
    await openAndKill(folder.dataDir, afterMs);
    const found = new Database(databasePath(folder.dataDir));
    versions.add(found.pragma('user_version', { simple: true }));
    expect(found.pragma('quick_check', { simple: true })).toBe('ok');
    expect(found.prepare('SELECT count(*) FROM registered_weights').pluck().get()).toBe(WEIGHTS);
    found.close();
  }
  expect(versions).toContain(1);
  expect([1, schemaVersions.length]).toEqual(expect.arrayContaining([...versions]));
  const database = openDatabase(folder.dataDir);
  expect(database.pragma('user_version', { simple: true })).toBe(schemaVersions.length);
  expect(database.prepare('SELECT count(*) FROM declared_containers').pluck().get()).toBe(2 * WEIGHTS);
  database.close();
}, 30_000);
