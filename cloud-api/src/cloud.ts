import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { makeApp } from './app.ts';
import { applyEntry } from './apply-entry.ts';
import type { Config } from './config.ts';
import { startHttpServer } from './http/http-server.ts';
import type { ApplyEntry } from './inbox/applied.ts';
import { HOST_USERNAME } from './inbox/broker-rules.ts';
import { startEmbeddedBroker } from './inbox/embedded-broker.ts';
import { type Chance, type MqttLogin, startMqttInbox } from './inbox/mqtt-inbox.ts';
import { masterDataSource } from './registry/answer-ask.ts';
import { seedMasterData } from './registry/seed-master-data.ts';
import { openDatabase } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { keptSecret } from './store/kept-secret.ts';
import { migrate } from './store/migrate.ts';

/** What a running cloud takes from the world outside. */
export interface CloudParts {
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  chance: Chance;
  randomBytes: (size: number) => Buffer;
}

/** A running cloud. Disposing stops it in the order opposite to the one it was started in. */
export interface Cloud extends AsyncDisposable {
  /** Base address of the HTTP API. */
  url: string;
  port: number;
  /** Address of the broker that devices use. */
  mqttUrl: string;
  databaseKind: 'embedded' | 'external';
  apiKey: string;
  deviceKey: string;
}

/**
 * Joins the rooms in the order the data flows back: store, broker, inbox, HTTP. When a later room does not start, the
 * earlier ones are stopped again.
 * @param signal aborted while the cloud comes up, the start is given up soon; once it is up, nothing happens
 * @throws PortInUseError, EmbeddedPostgresError, DatabaseRefusedError, what the database driver throws, or the signal's
 *   reason
 */
export async function startCloud(config: Config, parts: CloudParts, signal?: AbortSignal): Promise<Cloud> {
  const { clock, makeId, log, randomBytes } = parts;
  await using started = new AsyncDisposableStack();

  const dataDir = resolve(config.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const apiKey = config.apiKey ?? keptSecret(join(dataDir, 'api-key'), randomBytes);
  const deviceKey = config.deviceKey ?? keptSecret(join(dataDir, 'device-key'), randomBytes);

  const databaseUrl =
    config.databaseUrl ??
    started.use(
      await startEmbeddedPostgres({
        dataDir,
        port: config.embeddedPostgres.port,
        clock,
        log,
        randomBytes,
        signal,
      }),
    ).url;
  signal?.throwIfAborted();
  const database = started.use(await openDatabase(databaseUrl, log));
  await migrate(database.pool, { clock, makeId, log });
  const { db } = database;
  signal?.throwIfAborted();

  await seedMasterData(db, clock, config.currency);
  const { login, mqttUrl } = await joinBroker(config, started, { log, deviceKey, randomBytes });
  const apply: ApplyEntry = (trx, entry) => applyEntry(trx, entry, parts);
  const masterData = masterDataSource(db, clock);
  const inbox = started.use(startMqttInbox(login, { ...parts, db, apply, masterData }));

  const app = makeApp({
    ...parts,
    db,
    apiKey,
    timeZone: config.timeZone,
    currency: config.currency,
    pingDatabase: database.ping,
    isInboxConnected: inbox.isConnected,
  });
  const http = started.use(await startHttpServer({ ...config.http, fetch: app.fetch, clock }));

  const running = started.move();
  return {
    url: http.url,
    port: http.port,
    mqttUrl,
    databaseKind: config.databaseUrl === undefined ? 'embedded' : 'external',
    apiKey,
    deviceKey,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The broker of the configuration, or one of our own with a sign-in that only this process knows. */
async function joinBroker(
  config: Config,
  started: AsyncDisposableStack,
  parts: { log: Logger; deviceKey: string; randomBytes: (size: number) => Buffer },
): Promise<{ login: MqttLogin; mqttUrl: string }> {
  const { url, username, password, embedded } = config.mqtt;
  if (url !== undefined) {
    return { login: { url, username: username ?? HOST_USERNAME, password }, mqttUrl: url };
  }
  const hostKey = parts.randomBytes(32).toString('base64url');
  const { host, port } = embedded ?? { host: '127.0.0.1', port: 1883 };
  const broker = started.use(
    await startEmbeddedBroker({ host, port, log: parts.log, deviceKey: parts.deviceKey, hostKey }),
  );
  return { login: { url: broker.url, username: HOST_USERNAME, password: hostKey }, mqttUrl: broker.url };
}
