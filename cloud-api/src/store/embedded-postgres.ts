import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { stopAbandonedPostgres } from './abandoned-postgres.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { keepServer } from './keep-server.ts';
import { keptSecret } from './kept-secret.ts';
import { listenOn } from './listen-on.ts';
import { makeCluster } from './make-cluster.ts';
import { choosePostgresAccount } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import {
  POSTGRES_DATABASE,
  POSTGRES_HOST,
  POSTGRES_USER,
  spawnServer,
  stopServer,
  untilReady,
} from './postgres-process.ts';

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

/** A running server of our own, started again when it dies. Disposing stops it: fast shutdown first, immediate when that takes too long. */
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
  const start = async () => {
    const server = spawnServer(binaries, account, clusterFolder, port, log);
    try {
      await untilReady(server, { port, password }, clock);
    } catch (error) {
      await stopServer(server, clock, log);
      throw error;
    }
    log.info({ port, pid: server.child.pid, account: account.kind }, 'postgres.ready');
    return server;
  };
  const kept = started.use(await keepServer(start, { clock, log }));

  const running = started.move();
  return {
    url: postgresUrl(port, password),
    port,
    get pid() {
      return kept.pid();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Address of an embedded server for clients on this machine. */
export function postgresUrl(port: number, password: string): string {
  return `postgres://${POSTGRES_USER}:${password}@${POSTGRES_HOST}:${port}/${POSTGRES_DATABASE}`;
}

async function freePort(port: number): Promise<number> {
  const probe = createServer();
  const found = await listenOn(probe, POSTGRES_HOST, port, 'embeddedPostgres.port');
  await new Promise<void>((done) => probe.close(() => done()));
  return found;
}
