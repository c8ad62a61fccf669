import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { dropBallast, keepBallast } from './ballast.ts';
import { databasePath } from './open-database.ts';
import { openStorageGuard } from './storage-guard.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { verifyInBackground } from './verify-in-background.ts';

const MIB = 1024 * 1024;

test('with less free than asked for, storage is low, and a weighing must not be started', () => {
  using folder = storeFolder();
  using _store = openTestStore(folder.dataDir);
  expect(openStorageGuard(folder.dataDir, 1).state()).not.toBe('low');
  expect(openStorageGuard(folder.dataDir, Number.MAX_SAFE_INTEGER).state()).toBe('low');
});

test('a database that was deleted or replaced under the agent is lost, and nothing goes on without it', () => {
  using folder = storeFolder();
  using _store = openTestStore(folder.dataDir);
  const guard = openStorageGuard(folder.dataDir, 1);
  const path = databasePath(folder.dataDir);
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
  expect(() => guard.check()).toThrow(
    expect.objectContaining({ code: 'store_lost', message: expect.stringContaining('another file') }),
  );
  rmSync(path);
  expect(() => guard.check()).toThrow(expect.objectContaining({ code: 'store_lost' }));
});

test('a data folder that cannot be written any more is lost', () => {
  using folder = storeFolder();
  using _store = openTestStore(folder.dataDir);
  const guard = openStorageGuard(folder.dataDir, 1);
  // The superuser may write every file; a folder in the probe's place nobody can write as one.
  const probe = join(folder.dataDir, 'write-probe');
  rmSync(probe);
  mkdirSync(probe);
  expect(() => guard.check()).toThrow(/cannot be written \(EISDIR\)/);
});

test('the ballast is kept while there is room, and given up once', async () => {
  using folder = storeFolder();
  const path = join(folder.dataDir, 'ballast');
  await keepBallast(folder.dataDir, 3 * MIB, Number.MAX_SAFE_INTEGER);
  expect(existsSync(path)).toBe(false);
  await keepBallast(folder.dataDir, 3 * MIB + 1, 0);
  expect(statSync(path).size).toBe(3 * MIB + 1);
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(3 * MIB);
  expect(dropBallast(folder.dataDir)).toBe(true);
  expect(dropBallast(folder.dataDir)).toBe(false);
});

test('everything is checked in a thread of its own, beside the one who writes', async () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  store.containerTares.setTare('C-1', 1);
  expect(await verifyInBackground(folder.dataDir, 60_000, systemClock)).toMatchObject({
    pages: 'ok',
    verdict: { kind: 'intact', entries: 1 },
  });
});

test('a check that takes too long is stopped: as long as it reads, the log can only grow (B24)', async () => {
  using folder = storeFolder();
  using _store = openTestStore(folder.dataDir);
  expect(await verifyInBackground(folder.dataDir, 0, systemClock)).toBe('too_long');
});
