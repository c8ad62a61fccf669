import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import {
  BackupError,
  copyFile,
  filesIn,
  flushFolder,
  hashOfFile,
  MANIFEST,
  type Manifest,
  manifestSchema,
} from './backup-cluster.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { openDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { settleEpoch } from './epoch.ts';
import { migrate } from './migrate.ts';
import { choosePostgresAccount } from './postgres-account.ts';

/**
 * Puts a backup in the place of a data folder. It is checked file by file, brought up beside it, and given another epoch
 * before it takes the place, so that devices offer again what it has forgotten. What was there is moved aside, not deleted.
 * @returns where what was there lies now; null when nothing was
 * @throws BackupError, DataFolderInUseError, and what starting the server throws
 */
export async function restoreCluster(
  place: { from: string; dataDir: string },
  parts: { clock: Clock; makeId: MakeId; log: Logger; randomBytes: (size: number) => Buffer },
): Promise<string | null> {
  const { from, dataDir } = place;
  const manifest = await readManifest(from);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await using _lock = await lockDataFolder(dataDir);

  const staging = join(dataDir, 'restoring');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  await copyBackup(manifest, from, staging);
  await bringUp(staging, manifest.madeAt, parts);

  const aside = join(dataDir, `before-restore-${isoInstant(parts.clock.now()).replaceAll(':', '-')}`);
  let movedAny = false;
  for (const name of readdirSync(staging)) {
    if (existsSync(join(dataDir, name))) {
      mkdirSync(aside, { recursive: true, mode: 0o700 });
      renameSync(join(dataDir, name), join(aside, name));
      movedAny = true;
    }
    renameSync(join(staging, name), join(dataDir, name));
  }
  await flushFolder(dataDir);
  rmSync(staging, { recursive: true });
  parts.log.warn({ from, dataDir, aside: movedAny ? aside : null }, 'backup.restored');
  return movedAny ? aside : null;
}

/** Reads a backup's list and checks every file against it. */
async function readManifest(from: string): Promise<Manifest> {
  const path = join(from, MANIFEST);
  if (!existsSync(path)) {
    throw new BackupError(`${from} holds no whole backup: there is no ${MANIFEST} in it`);
  }
  const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new BackupError(`${path} is no list of a backup of this program`);
  const listed = new Set(parsed.data.files.map((file) => file.path));
  const extra = filesIn(from).find((file) => file !== MANIFEST && !listed.has(file));
  if (extra !== undefined) throw new BackupError(`${join(from, extra)} does not belong to this backup`);
  for (const file of parsed.data.files) {
    const stored = join(from, file.path);
    if (!existsSync(stored) || (await hashOfFile(stored)) !== file.sha256) {
      throw new BackupError(`${stored} is missing or not as it was backed up; use another backup`);
    }
  }
  return parsed.data;
}

async function copyBackup(manifest: Manifest, from: string, staging: string): Promise<void> {
  for (const { path } of manifest.files) {
    await copyFile(join(from, path), join(staging, path.replace(/^beside\//, '')));
  }
  // Folders that PostgreSQL expects, although they were empty.
  for (const name of emptyFolders)
    mkdirSync(join(staging, 'postgres', name), { recursive: true, mode: 0o700 });
  const cluster = join(staging, 'postgres');
  const account = choosePostgresAccount(process.getuid?.(), cluster);
  for (const name of ['', ...readdirSync(cluster, { recursive: true, encoding: 'utf8' })]) {
    account.own(join(cluster, name));
  }
}

const emptyFolders = [
  'pg_wal/archive_status',
  'pg_wal/summaries',
  'pg_commit_ts',
  'pg_dynshmem',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_tblspc',
  'pg_twophase',
];

/** Lets PostgreSQL replay its log, and says that this is another life of the database. */
async function bringUp(
  staging: string,
  madeAt: string,
  parts: { clock: Clock; makeId: MakeId; log: Logger; randomBytes: (size: number) => Buffer },
): Promise<void> {
  await using postgres = await startEmbeddedPostgres({ ...parts, dataDir: staging, port: 0 });
  await using database = await openDatabase(postgres.url, parts.log);
  await migrate(database.pool, parts);
  const client = await database.pool.connect();
  try {
    await settleEpoch(client, parts, `restored from the backup of ${madeAt}`);
  } finally {
    client.release();
  }
}
