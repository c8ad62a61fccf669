import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hello, JournalEntry } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { applyEntries } from './apply-entry.ts';
import { backupCommand, restoreCommand } from './backup-command.ts';
import { readConfig } from './config.ts';
import { ingestHello } from './inbox/greet.ts';
import { type IngestParts, ingestBatch } from './inbox/ingest.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { openDatabase } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { migrate } from './store/migrate.ts';
import { makeTestFolder, testParts } from './store/test-database.ts';

/** The store of a cloud on a data folder, its inbox, and nothing else. */
async function openCloud(dataDir: string) {
  await using started = new AsyncDisposableStack();
  const postgres = started.use(await startEmbeddedPostgres({ ...testParts, dataDir, port: 0 }));
  const database = started.use(await openDatabase(postgres.url, testParts.log));
  await migrate(database.pool, testParts);
  await database.watchLineage(testParts);
  const parts: IngestParts = {
    ...testParts,
    db: database.db,
    apply: (trx, entries: readonly JournalEntry[]) => applyEntries(trx, entries, testParts),
  };
  const running = started.move();
  return { database, parts, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** What a device does that keeps everything: greets, takes the watermark as it is, and offers all behind it. */
async function offer(chain: TestChain, hello: Hello, parts: IngestParts) {
  const [welcome] = await ingestHello(hello, parts);
  if (welcome?.type !== 'welcome') throw new Error('no WELCOME');
  for (let from = welcome.upTo + 1; from <= chain.rows.length; from += 50) {
    await ingestBatch(chain.batch(from, Math.min(chain.rows.length, from + 49)), parts);
  }
  return welcome;
}

test('a backup made while weighings come in is restored; devices refill it, and nothing is doubled', async () => {
  using folder = makeTestFolder();
  const dataDir = join(folder.path, 'cloud');
  const backup = join(folder.path, 'backup');
  const config = readConfig(undefined, {}, { dataDir });
  const chain = new TestChain('refill-1');
  const visits = Array.from({ length: 60 }, (_, i) =>
    visitEntries({
      truck: `RF-${i}`,
      produce: 'orange',
      inKg: 15_000 + i,
      outKg: 8_000,
      weighedOutAt: '2026-05-31T11:00:00.000Z',
    }),
  );
  for (const { opened, closed } of visits) {
    chain.add(opened);
    chain.add(closed);
  }
  let before: string;
  {
    await using cloud = await openCloud(dataDir);
    const making = backupCommand(config, backup, testParts);
    // Some of it while the files are copied, the rest after: the backup ends somewhere in between.
    await ingestBatch(chain.batch(1, 30), cloud.parts);
    expect(await making).toContain('backed up');
    before = (await offer(chain, chain.hello(), cloud.parts)).cloudEpoch;
    await expect(restoreCommand(config, backup, false, testParts)).rejects.toMatchObject({
      code: 'data_folder_in_use',
    });
  }
  await expect(backupCommand(config, backup, testParts)).rejects.toMatchObject({ code: 'backup' });

  expect(await restoreCommand(config, backup, false, testParts)).toContain('restored');
  expect(readdirSync(dataDir).filter((name) => name.startsWith('before-restore-'))).toHaveLength(1);
  expect(existsSync(join(dataDir, 'restoring'))).toBe(false);

  await using cloud = await openCloud(dataDir);
  const welcome = await offer(chain, chain.hello(), cloud.parts);
  expect(welcome.cloudEpoch).not.toBe(before);
  expect(welcome.upTo).toBeLessThan(120);
  // A device that offers all of it again, from its first entry on.
  for (let from = 1; from <= 120; from += 40) {
    expect(await ingestBatch(chain.batch(from, from + 39), cloud.parts)).toMatchObject({
      type: 'ack',
      upTo: 120,
    });
  }
  const ledger = await cloud.database.db
    .selectFrom('ledger_entries')
    .select(['session_id', 'net_g'])
    .execute();
  expect(ledger).toHaveLength(60);
  expect(new Set(ledger.map((row) => row.session_id)).size).toBe(60);
  const totalG = visits.reduce((sum, _, i) => sum + (7_000 + i) * 1_000, 0);
  expect(ledger.reduce((sum, row) => sum + row.net_g, 0)).toBe(totalG);
  expect(await cloud.database.db.selectFrom('parked_entries').selectAll().execute()).toEqual([]);
}, 240_000);

test('a backup in which one byte has changed, or that is not whole, is refused before anything is touched', async () => {
  using folder = makeTestFolder();
  const dataDir = join(folder.path, 'cloud');
  const backup = join(folder.path, 'backup');
  const config = readConfig(undefined, {}, { dataDir });
  await (await openCloud(dataDir))[Symbol.asyncDispose]();
  await backupCommand(config, backup, testParts);
  const broken = join(backup, 'postgres', 'PG_VERSION');
  const whole = readFileSync(broken);
  writeFileSync(broken, '17\n');
  await expect(restoreCommand(config, backup, false, testParts)).rejects.toMatchObject({
    code: 'backup',
    message: expect.stringContaining('PG_VERSION'),
  });
  writeFileSync(broken, whole);
  writeFileSync(join(backup, 'postgres', 'stranger'), 'x');
  await expect(restoreCommand(config, backup, false, testParts)).rejects.toThrow('stranger');
  expect(readdirSync(dataDir).filter((name) => name.startsWith('before-restore-'))).toEqual([]);
}, 180_000);

test('with a PostgreSQL server of your own, a restore by its own tools is told, and devices refill it', async () => {
  using folder = makeTestFolder();
  const dataDir = join(folder.path, 'cloud');
  const config = readConfig(undefined, {}, { dataDir });
  await using cloud = await openCloud(dataDir);
  const chain = new TestChain('refill-2');
  const before = (await offer(chain, chain.hello(), cloud.parts)).cloudEpoch;
  expect(await restoreCommand(config, undefined, true, testParts)).toContain('new epoch');
  expect((await offer(chain, chain.hello(), cloud.parts)).cloudEpoch).not.toBe(before);
  const external = { ...config, databaseUrl: 'postgres://user:word@127.0.0.1:1/name' };
  await expect(backupCommand(external, 'any', testParts)).rejects.toThrow('pg_basebackup');
  await expect(restoreCommand(external, 'any', false, testParts)).rejects.toThrow('--epoch-only');
}, 180_000);
