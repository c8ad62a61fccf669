import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { PostgresAccount } from './postgres-account.ts';
import { EmbeddedPostgresError, type PostgresBinaries } from './postgres-binaries.ts';
import { keepLine, POSTGRES_USER } from './postgres-process.ts';

/** Made beside its place and moved there when whole, so that a kill half-way leaves nothing that looks like a cluster. */
export async function makeCluster(
  binaries: PostgresBinaries,
  account: PostgresAccount,
  clusterFolder: string,
  password: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const birthFolder = `${clusterFolder}.new`;
  const passwordFile = `${clusterFolder}.new-password`;
  rmSync(birthFolder, { recursive: true, force: true });
  // Another user must be able to walk through our folder to its own, and see nothing else in it.
  if (account.kind === 'system_user') chmodSync(dirname(clusterFolder), 0o711);
  mkdirSync(birthFolder, { mode: 0o700 });
  account.own(birthFolder);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  account.own(passwordFile);
  try {
    // The flush comes once at the end, from --sync-only: cheaper than file by file and as safe.
    await runToEnd(
      account,
      binaries.initdb,
      [
        `--pgdata=${birthFolder}`,
        '--encoding=UTF8',
        '--locale=C',
        '--auth=scram-sha-256',
        `--username=${POSTGRES_USER}`,
        `--pwfile=${passwordFile}`,
        '--no-sync',
      ],
      signal,
    );
    await runToEnd(account, binaries.initdb, [`--pgdata=${birthFolder}`, '--sync-only'], signal);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(birthFolder, clusterFolder);
}

async function runToEnd(
  account: PostgresAccount,
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const command = account.commandOf(program, args);
  const child = spawn(command.file, command.args, {
    ...account.identity,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 60_000,
  });
  const closed = new Promise<number | null>((done) => child.once('close', done));
  const giveUp = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', giveUp, { once: true });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) keepLine(said, line);
  const ended = await closed;
  signal?.removeEventListener('abort', giveUp);
  signal?.throwIfAborted();
  if (ended !== 0) throw new EmbeddedPostgresError(`${program} failed: ${said.join('; ')}`);
}
