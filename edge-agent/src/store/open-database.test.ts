import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { databasePath, openDatabase, openDatabaseReadOnly } from './open-database.ts';
import { schemaVersions } from './schema.ts';
import { storeFolder } from './store-folder.ts';

const settingOf = (database: Database.Database, name: string) => database.pragma(name, { simple: true });
const write = (database: Database.Database) =>
  database.exec(
    "INSERT INTO sync_positions (incarnation, acked_seq, cloud_epoch) VALUES ('x', 0, 'y') ON CONFLICT DO NOTHING",
  );

describe('the database as the agent opens it', () => {
  test('flushes every commit: WAL and FULL, read back after a write, also when it is opened again', () => {
    using folder = storeFolder();
    for (let round = 0; round < 2; round += 1) {
      const database = openDatabase(folder.dataDir);
      write(database);
      expect(settingOf(database, 'journal_mode')).toBe('wal');
      expect(settingOf(database, 'synchronous')).toBe(2);
      expect(settingOf(database, 'foreign_keys')).toBe(1);
      expect(settingOf(database, 'trusted_schema')).toBe(0);
      database.close();
    }
  });

  test('and a connection that sets nothing but WAL does not: the check above can fail', () => {
    using folder = storeFolder();
    openDatabase(folder.dataDir).close();
    const plain = new Database(databasePath(folder.dataDir));
    plain.pragma('journal_mode = WAL');
    write(plain);
    expect(settingOf(plain, 'synchronous')).toBe(1);
    plain.close();
  });

  test('of a newer version is refused and left as it was', () => {
    using folder = storeFolder();
    openDatabase(folder.dataDir).close();
    const newer = new Database(databasePath(folder.dataDir));
    newer.pragma(`user_version = ${schemaVersions.length + 1}`);
    newer.close();
    expect(() => openDatabase(folder.dataDir)).toThrow(
      expect.objectContaining({ code: 'store_newer', message: expect.stringContaining('newer version') }),
    );
    const after = new Database(databasePath(folder.dataDir));
    expect(settingOf(after, 'user_version')).toBe(schemaVersions.length + 1);
    after.close();
  });

  test('of another program, or no database at all, is refused and not written to', () => {
    using folder = storeFolder();
    const other = new Database(databasePath(folder.dataDir));
    other.exec('CREATE TABLE theirs (id INTEGER)');
    other.close();
    expect(() => openDatabase(folder.dataDir)).toThrow(
      expect.objectContaining({
        code: 'store_unusable',
        message: expect.stringContaining('another program'),
      }),
    );
    writeFileSync(databasePath(folder.dataDir), 'this is a text file and certainly no database'.repeat(100));
    expect(() => openDatabase(folder.dataDir)).toThrow(expect.objectContaining({ code: 'store_damaged' }));
  });

  test('that is not there cannot be read, and is not made by trying', () => {
    using folder = storeFolder();
    const missing = join(folder.dataDir, 'nowhere');
    mkdirSync(missing);
    for (let round = 0; round < 2; round += 1) {
      expect(() => openDatabaseReadOnly(missing)).toThrow(
        expect.objectContaining({ code: 'store_unusable' }),
      );
    }
  });

  test('can be read beside the one who writes, and not written', () => {
    using folder = storeFolder();
    const writer = openDatabase(folder.dataDir);
    const reader = openDatabaseReadOnly(folder.dataDir);
    write(writer);
    expect(reader.prepare('SELECT count(*) FROM sync_positions').pluck().get()).toBe(1);
    expect(() => write(reader)).toThrow(/readonly/);
    reader.close();
    writer.close();
  });
});
