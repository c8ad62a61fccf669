import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock } from '@weighgate/protocol';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { stopAbandonedPostgres } from './abandoned-postgres.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { withDeadline } from './deadline.ts';
import { keptSecret } from './kept-secret.ts';
import { listenOn } from './listen-on.ts';
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.ts';
import { EmbeddedPostgresError, findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';

const USER = 'weighgate';
const DATABASE = 'weighgate';
const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
const FAST_STOP_TIMEOUT_MS = 5_000;
const KILL_TIMEOUT_MS = 2_000;
const POLL_MS = 25;
/** Last lines of the server's own log kept for the message when it does not start. */
const KEPT_LOG_LINES = 20;

export interface EmbeddedPostgresOptions {
  /** Everything the server keeps lies under `dataDir/postgres`; its password in `dataDir/postgres-password`. */
  dataDir: string;
  /** TCP port on 127.0.0.1; 0 takes any free one. */
  port: number;
  clock: Clock;
  log: Logger;
  randomBytes: (size: number) => Buffer;
  /** Aborted when nobody waits for the server any more. */
  signal?: AbortSignal | undefined;
}

/** A running server of our own. Disposing stops it: fast shutdown first, immediate when that takes too long. */
export interface EmbeddedPostgres extends AsyncDisposable {
  url: string;
  port: number;
  pid: number;
}

/**
 * Starts the real PostgreSQL server on a data folder, making the cluster on first use. Durability settings are left
 * at their defaults (fsync and synchronous_commit on). Listens on 127.0.0.1 only, password by SCRAM.
 * @throws EmbeddedPostgresError, DataFolderInUseError, PortInUseError, each in words
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { clock, log, signal } = options;
  const dataDir = resolve(options.dataDir);
  const clusterFolder = join(dataDir, 'postgres');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await using started = new AsyncDisposableStack();
  started.use(await lockDataFolder(dataDir));
  const binaries = await findPostgresBinaries(process.platform, process.arch);
  const account = choosePostgresAccount(process.getuid?.(), clusterFolder);
  const password = keptSecret(join(dataDir, 'postgres-password'), options.randomBytes);

  await stopAbandonedPostgres(clusterFolder, clock, log);
  if (!existsSync(clusterFolder)) await makeCluster(binaries, account, clusterFolder, password, signal);
  signal?.throwIfAborted();

  const port = await freePort(options.port);
  const server = spawnServer(binaries, account, clusterFolder, port, log);
  started.defer(() => stopServer(server, clock, log));
  await untilReady(server, { port, password }, clock);
  log.info({ port, pid: server.child.pid, account: account.kind }, 'postgres.ready');

  const running = started.move();
  return {
    url: `postgres://${USER}:${password}@${HOST}:${port}/${DATABASE}`,
    port,
    pid: server.child.pid ?? 0,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Made beside its place and moved there when whole, so that a kill half-way leaves nothing that looks like a cluster. */
async function makeCluster(
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
        `--username=${USER}`,
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

function keepLine(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > KEPT_LOG_LINES) lines.shift();
}

async function freePort(port: number): Promise<number> {
  const probe = createServer();
  const found = await listenOn(probe, HOST, port, 'embeddedPostgres.port');
  await new Promise<void>((done) => probe.close(() => done()));
  return found;
}

interface ServerProcess {
  child: ChildProcess;
  ended: Promise<void>;
  hasEnded: () => boolean;
  lastLines: string[];
}

function spawnServer(
  binaries: PostgresBinaries,
  account: PostgresAccount,
  clusterFolder: string,
  port: number,
  log: Logger,
): ServerProcess {
  const settings = [`listen_addresses=${HOST}`, `port=${port}`, 'unix_socket_directories=', 'timezone=UTC'];
  const command = account.commandOf(binaries.postgres, [
    '-D',
    clusterFolder,
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  // Its own process group: Ctrl-C must reach us first, or the server would be gone before the last commit.
  const child = spawn(command.file, command.args, {
    ...account.identity,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const lastLines: string[] = [];
  let over = false;
  const ended = new Promise<void>((done) => {
    const end = () => {
      over = true;
      done();
    };
    child.once('exit', (code, signal) => {
      log.info({ pid: child.pid, code, signal }, 'postgres.ended');
      end();
    });
    child.once('error', (error) => {
      keepLine(lastLines, error.message);
      end();
    });
  });
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      keepLine(lastLines, line);
      log.debug({ line }, 'postgres.said');
    });
  }
  return { child, ended, hasEnded: () => over, lastLines };
}

/** Connects until the server answers, then makes our database when it is not there yet. */
async function untilReady(
  server: ServerProcess,
  login: { port: number; password: string },
  clock: Clock,
): Promise<void> {
  const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
  for (;;) {
    if (server.hasEnded()) {
      throw new EmbeddedPostgresError(`PostgreSQL did not start: ${server.lastLines.join('; ')}`);
    }
    const client = new Client({
      ...login,
      host: HOST,
      user: USER,
      database: 'postgres',
      connectionTimeoutMillis: 2_000,
    });
    // A server that ends while we are connected says so on the client; the loop above reports it.
    client.on('error', (error) => keepLine(server.lastLines, error.message));
    try {
      await client.connect();
      const found = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
      return;
    } catch (error) {
      if (clock.monotonicMs() > deadline) {
        throw new EmbeddedPostgresError(
          `PostgreSQL did not answer in ${START_TIMEOUT_MS / 1000} s: ${server.lastLines.join('; ')}`,
          { cause: error },
        );
      }
      await clock.sleep(POLL_MS);
    } finally {
      await client.end();
    }
  }
}

async function stopServer(server: ServerProcess, clock: Clock, log: Logger): Promise<void> {
  if (server.hasEnded()) return;
  server.child.kill('SIGINT');
  if ((await withDeadline(clock, FAST_STOP_TIMEOUT_MS, server.ended)).kind === 'done') return;
  log.warn({ pid: server.child.pid }, 'postgres.stop_forced');
  server.child.kill('SIGQUIT');
  await withDeadline(clock, KILL_TIMEOUT_MS, server.ended);
}
