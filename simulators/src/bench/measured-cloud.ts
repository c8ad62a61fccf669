import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type OpenDatabase, openDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { startEmbeddedPostgres } from '@weighgate/cloud-api/src/store/embedded-postgres.ts';
import { migrate } from '@weighgate/cloud-api/src/store/migrate.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { scriptOf, writeConfig } from '../demo/plant-files.ts';
import { type Program, startProgram } from '../program.ts';
import { proofFolder } from '../prove/proved-agent.ts';
import { startOpenBroker } from './open-broker.ts';

const plenty = [{ requests: 1_000_000, seconds: 60 }];
const READY_TIMEOUT_MS = 60_000;
/** The bench itself copies whole tables in one statement. */
const limits = { statementTimeoutMs: 600_000, lockTimeoutMs: 30_000 };
const parts = {
  clock: systemClock,
  makeId: idMaker(systemClock),
  log: pino({ level: 'silent' }),
  randomBytes,
};

/** A real PostgreSQL with the cloud's schema, a real Mosquitto, and the cloud as a program of its own. */
export interface MeasuredCloud extends AsyncDisposable {
  /** A folder that goes with it. */
  path: string;
  brokerUrl: string;
  databaseUrl: string;
  /** Process ids of the servers beside the cloud itself. */
  pids: { broker: number; postgres: number };
  database: OpenDatabase;
  /** Opens another database of the same server, made and migrated where there is none. */
  another(name: string): Promise<OpenDatabase>;
  /** Starts the cloud; until then nobody listens at the broker. */
  serve(): Promise<Program>;
}

/** Durable as by default: the server is started by the very function that starts the cloud's own. */
export async function startMeasuredCloud(name: string): Promise<MeasuredCloud> {
  await using undo = new AsyncDisposableStack();
  const { path } = undo.use(proofFolder(name));
  const postgres = undo.use(
    await startEmbeddedPostgres({ ...parts, dataDir: join(path, 'postgres'), port: 0 }),
  );
  const database = undo.use(await openDatabase(postgres.url, parts.log, limits));
  await migrate(database.pool, parts);
  const broker = undo.use(await startOpenBroker(path));
  const config = writeConfig(join(path, 'cloud.yaml'), {
    dataDir: join(path, 'cloud'),
    databaseUrl: postgres.url,
    http: { port: 0 },
    enrolment: { port: 0 },
    mqtt: { url: broker.url, username: 'cloud' },
    // A bench asks more than anybody may.
    limits: { tiers: { readLight: plenty, account: plenty, key: plenty } },
  });
  const kept = undo.move();
  return {
    path,
    brokerUrl: broker.url,
    databaseUrl: postgres.url,
    pids: { broker: broker.pid, postgres: postgres.pid },
    database,
    another: async (databaseName) => {
      await database.pool.query(`create database ${databaseName}`);
      const url = new URL(postgres.url);
      url.pathname = `/${databaseName}`;
      const opened = await openDatabase(url.href, parts.log, limits);
      await migrate(opened.pool, parts);
      return opened;
    },
    serve: async () =>
      kept.use(
        await startProgram(
          {
            name: 'cloud-api',
            args: [scriptOf('cloud-api'), 'serve', '--config', config, '--stop-with-stdin'],
            readyMessage: 'cloud.ready',
            logDir: join(path, 'logs'),
            readyTimeoutMs: READY_TIMEOUT_MS,
          },
          systemClock,
        ),
      ),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
