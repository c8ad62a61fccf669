import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '@weighgate/protocol';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { withDeadline } from './deadline.ts';
import type { PostgresAccount } from './postgres-account.ts';
import { EmbeddedPostgresError, type PostgresBinaries } from './postgres-binaries.ts';

export const POSTGRES_USER = 'weighgate';
export const POSTGRES_DATABASE = 'weighgate';
export const POSTGRES_HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
const FAST_STOP_TIMEOUT_MS = 5_000;
const KILL_TIMEOUT_MS = 2_000;
const POLL_MS = 25;
/** Last lines of the server's own log kept for the message when it does not start. */
const KEPT_LOG_LINES = 20;

/** A server process of ours. */
export interface ServerProcess {
  child: ChildProcess;
  ended: Promise<void>;
  hasEnded: () => boolean;
  lastLines: string[];
}

/** Starts the server process; it does not answer yet. */
export function spawnServer(
  binaries: PostgresBinaries,
  account: PostgresAccount,
  clusterFolder: string,
  port: number,
  log: Logger,
): ServerProcess {
  const settings = [
    `listen_addresses=${POSTGRES_HOST}`,
    `port=${port}`,
    'unix_socket_directories=',
    'timezone=UTC',
  ];
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
export async function untilReady(
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
      host: POSTGRES_HOST,
      user: POSTGRES_USER,
      database: 'postgres',
      connectionTimeoutMillis: 2_000,
    });
    // A server that ends while we are connected says so on the client; the loop above reports it.
    client.on('error', (error) => keepLine(server.lastLines, error.message));
    try {
      await client.connect();
      const found = await client.query('select from pg_database where datname = $1', [POSTGRES_DATABASE]);
      if (found.rowCount === 0) await client.query(`create database ${POSTGRES_DATABASE}`);
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

/** Stops it: fast shutdown first, immediate when that takes too long. */
export async function stopServer(server: ServerProcess, clock: Clock, log: Logger): Promise<void> {
  if (server.hasEnded()) return;
  server.child.kill('SIGINT');
  if ((await withDeadline(clock, FAST_STOP_TIMEOUT_MS, server.ended)).kind === 'done') return;
  log.warn({ pid: server.child.pid }, 'postgres.stop_forced');
  server.child.kill('SIGQUIT');
  await withDeadline(clock, KILL_TIMEOUT_MS, server.ended);
}

/** Keeps the last lines of what a program said. */
export function keepLine(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > KEPT_LOG_LINES) lines.shift();
}
