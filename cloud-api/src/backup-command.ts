import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { ConfigError } from './config-file.ts';
import { BackupError, backupCluster } from './store/backup-cluster.ts';
import { openDatabase } from './store/database.ts';
import { settleEpoch } from './store/epoch.ts';
import { migrate } from './store/migrate.ts';
import { restoreCluster } from './store/restore-cluster.ts';
import { urlOfServer } from './url-of-server.ts';

interface CommandParts {
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  randomBytes: (size: number) => Buffer;
}

/**
 * Backs the embedded database and all that stands beside it up into a new folder, also while the cloud runs.
 * @returns what was done, in words
 * @throws BackupError, ConfigError, and what the database throws
 */
export async function backupCommand(
  config: Config,
  folder: string | undefined,
  parts: CommandParts,
): Promise<string> {
  if (folder === undefined) throw new ConfigError('backup needs a folder: cloud backup FOLDER');
  if (config.databaseUrl !== undefined) {
    throw new BackupError(
      'the database is a PostgreSQL server of your own: back it up with its own tools (pg_basebackup, pg_dump); ' +
        'after a restore into the same database run "cloud restore --epoch-only"',
    );
  }
  const dataDir = resolve(config.dataDir);
  const into = resolve(folder);
  if (into.startsWith(`${dataDir}/`))
    throw new BackupError('a backup must not lie in the data folder itself');
  if (!existsSync(join(dataDir, 'postgres'))) throw new BackupError(`there is no database in ${dataDir}`);
  await using started = new AsyncDisposableStack();
  const url = await urlOfServer(dataDir, config, started, parts);
  const { files, madeAt } = await backupCluster({ url, dataDir, into }, parts);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `backed up ${files.length} files, ${Math.round(bytes / 1e6)} MB, as of ${madeAt} into ${into}`;
}

/**
 * Puts a backup in the place of the data folder, or, with a server of your own, says that it was restored.
 * @throws as {@link backupCommand}; DataFolderInUseError while the cloud runs
 */
export async function restoreCommand(
  config: Config,
  folder: string | undefined,
  epochOnly: boolean,
  parts: CommandParts,
): Promise<string> {
  if (epochOnly) return renewEpoch(config, parts);
  if (folder === undefined) throw new ConfigError('restore needs a folder: cloud restore FOLDER');
  if (config.databaseUrl !== undefined) {
    throw new BackupError(
      'the database is a PostgreSQL server of your own: restore it with its own tools, then run "cloud restore --epoch-only"',
    );
  }
  const aside = await restoreCluster({ from: resolve(folder), dataDir: resolve(config.dataDir) }, parts);
  return (
    `restored; devices will offer again what the backup has forgotten` +
    (aside === null ? '' : `. What was there before is in ${aside}`)
  );
}

async function renewEpoch(config: Config, parts: CommandParts): Promise<string> {
  await using started = new AsyncDisposableStack();
  const url = config.databaseUrl ?? (await urlOfServer(resolve(config.dataDir), config, started, parts));
  const database = started.use(await openDatabase(url, parts.log));
  await migrate(database.pool, parts);
  const client = await database.pool.connect();
  try {
    await settleEpoch(client, parts, 'said to be restored by hand');
  } finally {
    client.release();
  }
  return 'the database has a new epoch; devices will offer again what it has forgotten';
}
