import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openLogGuard } from './log-guard.ts';
import { databasePath, openDatabase, openDatabaseReadOnly } from './open-database.ts';
import { storeFolder } from './store-folder.ts';

const MIB = 1024 * 1024;

test('while somebody reads an old state the log grows and that is told at once; then it is folded in (B24)', () => {
  using folder = storeFolder();
  const database = openDatabase(folder.dataDir);
  const guard = openLogGuard(database, folder.dataDir);
  const logBytes = () => statSync(`${databasePath(folder.dataDir)}-wal`).size;
  database.exec('CREATE TABLE ballast (id INTEGER PRIMARY KEY, bytes BLOB)');
  const insert = database.prepare('INSERT INTO ballast (bytes) VALUES (?)');
  const write = (mib: number) => {
    for (let index = 0; index < mib; index += 1) insert.run(Buffer.alloc(MIB, index));
  };

  write(40);
  expect(guard.check()).toMatchObject({ held: false });
  expect(logBytes()).toBeLessThanOrEqual(16 * MIB);

  const reader = openDatabaseReadOnly(folder.dataDir);
  reader.exec('BEGIN');
  const seen = reader.prepare('SELECT count(*) FROM ballast').pluck();
  expect(seen.get()).toBe(40);
  write(50);
  const startedMs = performance.now();
  expect(guard.check()).toEqual({ bytes: logBytes(), held: true });
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(logBytes()).toBeGreaterThan(32 * MIB);
  // Weighing goes on meanwhile, and the reader still sees what it saw.
  write(1);
  expect(seen.get()).toBe(40);

  reader.exec('COMMIT');
  expect(guard.check()).toEqual({ bytes: 0, held: false });
  expect(logBytes()).toBe(0);
  expect(guard.state()).toEqual({ bytes: 0, held: false });
  expect(database.prepare('SELECT count(*) FROM ballast').pluck().get()).toBe(91);
  reader.close();
  database.close();
});
