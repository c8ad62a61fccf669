import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { type Program, startProgram } from '../program.ts';
import { openPtyPair } from '../pty-pair.ts';
import { seededRandom } from '../random.ts';
import { startWeighbridge, type Weighbridge } from '../weighbridge.ts';
import { serveWeighbridgeOverSerial } from '../weighbridge-serial.ts';
import { serveWeighbridgeOverTcp } from '../weighbridge-tcp.ts';
import { apiClient } from './api-client.ts';
import { type CloudClient, cloudClient } from './cloud-client.ts';
import type { DemoOptions } from './demo-options.ts';
import { type EdgeClient, edgeClient } from './edge-client.ts';

/** Everything of one plant, running on this machine. */
export interface Plant extends AsyncDisposable {
  weighbridge: Weighbridge;
  cloud: CloudClient;
  edge: EdgeClient;
  programs: readonly Program[];
  edgeDataDir: string;
  urls: { cloud: string; edge: string; mqtt: string; indicator: string };
  keys: { cloud: string; edge: string };
}

/** Long enough for a slow disk to make the first database. */
const READY_TIMEOUT_MS = 60_000;
const BAUD_RATE = 9600;

const scriptOf = (program: string) =>
  fileURLToPath(new URL(`../../../${program}/src/cli.ts`, import.meta.url));
const cloudReady = z.looseObject({ url: z.string(), mqttUrl: z.string() });
const edgeReady = z.looseObject({ url: z.string() });

/** Starts the weighbridge, the cloud and the agent, each as it would run in earnest, in the order of the data. */
export async function startPlant(options: DemoOptions, clock: Clock): Promise<Plant> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  await using undo = new AsyncDisposableStack();

  const random = seededRandom(options.seed).fork('weighbridge');
  const weighbridge = undo.use(startWeighbridge({ clock, random, speed: options.speed }));
  const { line, indicator } = await serveIndicator(weighbridge, options, dataDir, undo, clock);

  const cloudDataDir = join(dataDir, 'cloud');
  const cloudConfig = writeConfig(join(dataDir, 'cloud.yaml'), {
    dataDir: cloudDataDir,
    http: { port: options.cloudPort },
    mqtt: { embedded: { port: options.mqttPort } },
  });
  const cloudProgram = undo.use(
    await start('cloud-api', ['serve', '--config', cloudConfig], 'cloud.ready', dataDir, clock),
  );
  const { url: cloudUrl, mqttUrl } = cloudReady.parse(cloudProgram.ready);

  const edgeDataDir = join(dataDir, 'edge');
  const edgeConfig = writeConfig(join(dataDir, 'edge.yaml'), {
    site: 'DEMO',
    device: 'demo-1',
    dataDir: edgeDataDir,
    scales: [{ id: 'deck-1', line, indicator: { model: 'mt-continuous' } }],
    http: { port: options.edgePort },
    mqtt: { url: mqttUrl, passwordFile: join(cloudDataDir, 'device-key') },
  });
  const edgeProgram = undo.use(
    await start('edge-agent', ['run', '--config', edgeConfig], 'agent.ready', dataDir, clock),
  );
  const { url: edgeUrl } = edgeReady.parse(edgeProgram.ready);

  const keys = { cloud: readKey(cloudDataDir), edge: readKey(edgeDataDir) };
  const running = undo.move();
  return {
    weighbridge,
    cloud: cloudClient(apiClient(cloudUrl, keys.cloud)),
    edge: edgeClient(apiClient(edgeUrl, keys.edge), clock),
    programs: [cloudProgram, edgeProgram],
    edgeDataDir,
    urls: { cloud: cloudUrl, edge: edgeUrl, mqtt: mqttUrl, indicator },
    keys,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type LineConfig = { kind: 'tcp'; port: number } | { kind: 'serial'; path: string; baudRate: number };

/** Puts the indicator's bytes on a line, and says how the agent's configuration names that line. */
async function serveIndicator(
  weighbridge: Weighbridge,
  { serial, scalePort }: DemoOptions,
  dataDir: string,
  undo: AsyncDisposableStack,
  clock: Clock,
): Promise<{ line: LineConfig; indicator: string }> {
  if (!serial) {
    const { port } = undo.use(
      await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: scalePort }),
    );
    return { line: { kind: 'tcp', port }, indicator: `tcp 127.0.0.1:${port}` };
  }
  const pair = undo.use(await openPtyPair(join(dataDir, 'serial'), clock));
  undo.use(await serveWeighbridgeOverSerial(weighbridge, pair.deviceSide, { baudRate: BAUD_RATE }));
  return {
    line: { kind: 'serial', path: pair.agentSide, baudRate: BAUD_RATE },
    indicator: `serial ${pair.agentSide}`,
  };
}

function start(
  name: string,
  args: readonly string[],
  readyMessage: string,
  dataDir: string,
  clock: Clock,
): Promise<Program> {
  return startProgram(
    {
      name,
      args: [scriptOf(name), ...args, '--stop-with-stdin'],
      readyMessage,
      logFile: join(dataDir, 'logs', `${name}.log`),
      readyTimeoutMs: READY_TIMEOUT_MS,
    },
    clock,
  );
}

/** Writes a configuration file, JSON being YAML too. @returns its path */
function writeConfig(path: string, config: unknown): string {
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
  return path;
}

function readKey(dataDir: string): string {
  return readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
}
