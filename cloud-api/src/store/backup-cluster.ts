import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Clock, isoInstant } from '@weighgate/protocol';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';

/** A backup cannot be made, or is not whole; the message says why and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code = 'backup';
}

export const MANIFEST = 'manifest.json';
export const manifestSchema = z.strictObject({
  v: z.literal(1),
  madeAt: z.iso.datetime(),
  files: z.array(
    z.strictObject({
      path: z.string(),
      bytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What a server makes anew at every start, or what only the running one may have. */
const notKept =
  /^(?:postmaster\.(?:pid|opts)|backup_label(?:\.old)?|tablespace_map(?:\.old)?|(?:pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/.*|(?:.*\/)?(?:pgsql_tmp.*|pg_internal\.init))$/;

/**
 * Copies a running cluster and what stands beside it in the data folder, by PostgreSQL's own protocol for base backups:
 * writing goes on meanwhile, and the copy comes up as the database stood when the copying ended. Every file is flushed and
 * listed with its hash; the folder gets its name when it is whole.
 * @param into must not exist yet
 * @throws BackupError; what the driver or the file system throws
 */
export async function backupCluster(
  place: { url: string; dataDir: string; into: string },
  { clock, log }: { clock: Clock; log: Logger },
): Promise<Manifest> {
  const { url, dataDir, into } = place;
  if (existsSync(into)) throw new BackupError(`${into} exists already; name a folder that does not`);
  const draft = `${into}.partial-${randomBytes(4).toString('hex')}`;
  const cluster = join(dataDir, 'postgres');
  const files: Manifest['files'] = [];
  const keep = async (from: string, path: string) => {
    const kept = await copyFile(from, join(draft, path));
    if (kept !== undefined) files.push({ path, ...kept });
  };
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  for (const path of filesIn(dataDir).filter((name) => !isOfPostgres(name))) {
    await keep(join(dataDir, path), join('beside', path));
  }

  const client = new Client({ connectionString: url, application_name: 'weighgate-backup' });
  await client.connect();
  try {
    // The slot holds back the log that the copy will need, and is gone with this connection.
    await client.query(
      `select pg_create_physical_replication_slot('weighgate_backup_' || pg_backend_pid(), true, true)`,
    );
    const began = await client.query<{ wal: string }>(
      `select pg_walfile_name(pg_backup_start('weighgate', true)) as wal`,
    );
    for (const path of filesIn(cluster).filter((name) => !notKept.test(name))) {
      await keep(join(cluster, path), join('postgres', path));
    }
    const ended = await client.query<{ label: string; wal: string }>(
      `select labelfile as label, pg_walfile_name(lsn) as wal from pg_backup_stop(false)`,
    );
    const [first, last] = [began.rows[0]?.wal ?? '', ended.rows[0]?.wal ?? ''];
    const log = readdirSync(join(cluster, 'pg_wal')).filter((name) => name >= first && name <= last);
    for (const name of log) await keep(join(cluster, 'pg_wal', name), join('postgres', 'pg_wal', name));
    if (!log.includes(first) || !log.includes(last)) {
      throw new BackupError('the write-ahead log of the time of the backup is not whole; make it again');
    }
    files.push(await writeFlushed(draft, join('postgres', 'backup_label'), ended.rows[0]?.label ?? ''));
  } finally {
    await client.end();
  }
  const manifest: Manifest = { v: 1, madeAt: isoInstant(clock.now()), files };
  await writeFlushed(draft, MANIFEST, JSON.stringify(manifest));
  renameSync(draft, into);
  await flushFolder(dirname(into));
  log.info({ into, files: files.length }, 'backup.made');
  return manifest;
}

/** What belongs to the embedded server itself, or to a restore; its password stands beside it and is kept. */
const isOfPostgres = (path: string) =>
  /^(?:postgres(?:\.[^/]*)?|restoring|before-restore-[^/]*)\//.test(path);

/** Every plain file under a folder, by its path in it. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/**
 * Copies and flushes one file.
 * @returns its size and hash; undefined when it was gone before it could be read, as a dropped table's file may be
 */
export async function copyFile(
  from: string,
  to: string,
): Promise<{ bytes: number; sha256: string } | undefined> {
  let source: FileHandle;
  try {
    source = await open(from, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  await using opened = source;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  await using target = await open(to, 'wx', statSync(from).mode & 0o777);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of opened.createReadStream({ autoClose: false })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    await target.writeFile(chunk as Buffer);
  }
  await target.sync();
  return { bytes, sha256: hash.digest('hex') };
}

async function writeFlushed(folder: string, path: string, text: string): Promise<Manifest['files'][number]> {
  mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
  await using file = await open(join(folder, path), 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
  return { path, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}

/** A file's name is on disk when its folder is. */
export async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** SHA-256 of a file's bytes, in hexadecimal. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
