import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type OpenDatabase, openDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '@weighgate/cloud-api/src/store/embedded-postgres.ts';
import type { Clock } from '@weighgate/protocol';
import { pino } from 'pino';
import type { ApiClient } from '../demo/api-client.ts';
import { type CloudProgram, startCloudProgram } from '../demo/cloud-program.ts';
import { scriptOf } from '../demo/plant-files.ts';
import { type FaultyNetwork, startFaultyNetwork } from '../faulty-network.ts';
import type { Random } from '../random.ts';
import { keptTrying } from './kept-trying.ts';

const run = promisify(execFile);
const log = pino({ level: 'silent' });

/** The cloud and its PostgreSQL, with a faulty network before each of what it speaks to. */
export interface SoakCloud extends AsyncDisposable {
  brokerLink: FaultyNetwork;
  databaseLink: FaultyNetwork;
  api(): ApiClient;
  /** Process id of the cloud; undefined while it is down. */
  pid(): number | undefined;
  postgresPid(): number;
  /** Ends it as a power cut does, and starts it again after so long. */
  killFor(downMs: number): Promise<void>;
  /** With the cloud stopped, a copy of the database. */
  backUp(): Promise<void>;
  /** The copy is the database from now on, and the cloud is told that it is. */
  restore(): Promise<void>;
  /** A connection that no fault touches. */
  database(): Promise<OpenDatabase>;
}

/** Starts PostgreSQL and the cloud in the folder of the plant. */
export async function startSoakCloud(
  dir: string,
  brokerPort: number,
  { clock, random }: { clock: Clock; random: Random },
): Promise<SoakCloud> {
  await using undo = new AsyncDisposableStack();
  const dataDir = join(dir, 'postgres');
  const backupDir = join(dir, 'postgres-backup');
  const start = (port: number) => startEmbeddedPostgres({ dataDir, port, clock, log, randomBytes });
  let postgres: EmbeddedPostgres = await start(0);
  undo.defer(() => postgres[Symbol.asyncDispose]());
  const { port, url } = postgres;

  const targetOf = (targetPort: number) => ({ host: '127.0.0.1', port: targetPort });
  const brokerLink = undo.use(await startFaultyNetwork({ clock, random, target: targetOf(brokerPort) }));
  const databaseLink = undo.use(await startFaultyNetwork({ clock, random, target: targetOf(port) }));
  const settings = {
    httpPort: 0,
    mqtt: { url: `mqtts://127.0.0.1:${brokerLink.port}`, username: 'cloud' },
    databaseUrl: url.replace(`:${port}/`, `:${databaseLink.port}/`),
  };
  const startProgram = () => keptTrying(() => startCloudProgram(dir, settings, { clock }), clock);
  let cloud: CloudProgram = await startProgram();
  let isUp = true;
  undo.defer(() => cloud[Symbol.asyncDispose]());
  await cloud.client.registerProduce('orange');

  async function whileDown(work: () => Promise<void>): Promise<void> {
    isUp = false;
    await cloud.program.kill();
    await work();
    cloud = await startProgram();
    isUp = true;
  }

  async function whilePostgresDown(work: () => Promise<void>): Promise<void> {
    await postgres[Symbol.asyncDispose]();
    await work();
    postgres = await start(port);
  }

  const kept = undo.move();
  return {
    brokerLink,
    databaseLink,
    api: () => cloud.api,
    pid: () => (isUp ? cloud.program.pid : undefined),
    postgresPid: () => postgres.pid,
    killFor: (downMs) => whileDown(() => clock.sleep(downMs)),
    backUp: () =>
      whileDown(() =>
        whilePostgresDown(async () => {
          rmSync(backupDir, { recursive: true, force: true });
          await run('cp', ['-a', dataDir, backupDir]);
        }),
      ),
    restore: () =>
      whileDown(async () => {
        await whilePostgresDown(async () => {
          rmSync(dataDir, { recursive: true });
          await run('cp', ['-a', backupDir, dataDir]);
        });
        const args = [scriptOf('cloud-api'), 'restore', '--epoch-only', '--config', join(dir, 'cloud.yaml')];
        await run(process.execPath, args, { env: { ...process.env, DATABASE_URL: url } });
      }),
    database: () => openDatabase(url, log),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
