import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { type Program, startProgram } from '../program.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { type EdgeClient, edgeClient } from './edge-client.ts';
import { enrolEdge } from './enrol-edge.ts';
import type { LineConfig } from './indicator-line.ts';
import { logDirOf, READY_TIMEOUT_MS, scriptOf, writeConfig } from './plant-files.ts';

/** The agent at the weighbridge as a program of its own. */
export interface EdgeProgram extends AsyncDisposable {
  program: Program;
  api: ApiClient;
  client: EdgeClient;
  url: string;
  key: string;
  dataDir: string;
}

export interface EdgeSettings {
  /** 0 takes any free port. */
  httpPort: number;
  line: LineConfig;
  /** Left out, the agent weighs and keeps what it has to send. Without a cloud to enrol with it has been enrolled before. */
  mqtt?: { url: string; passwordFile: string } | { url: string; enrolWith?: ApiClient } | undefined;
  /** How many times faster than life the trucks move: the agent then asks for that much less of standing still. */
  speed: number;
  /** {@link DEVICE} when left out. */
  device?: string;
  /** What node is told before the script. */
  nodeArgs?: readonly string[];
  /** More keys of its configuration, and of its scale. */
  more?: { site?: object; scale?: object };
}

/** How long equal weights must last at a weighbridge where trucks move as in life; the agent's own default. */
const HOLD_MS = 1_000;
/** Less the agent does not take, however fast the trucks are. */
const LEAST_HOLD_MS = 400;

/** The site every plant of one machine is. */
export const SITE = 'DEMO';
/** The device every plant of one machine has. */
export const DEVICE = 'demo-1';

const readySchema = z.looseObject({ url: z.string() });

/**
 * Starts `edge run` in the folder of a plant.
 * @throws ProgramError
 */
export async function startEdgeProgram(
  plantDir: string,
  { httpPort, line, mqtt, speed, device = DEVICE, nodeArgs = [], more }: EdgeSettings,
  { clock, signal }: { clock: Clock; signal?: AbortSignal },
): Promise<EdgeProgram> {
  const dataDir = join(plantDir, 'edge');
  const config = writeConfig(join(plantDir, 'edge.yaml'), {
    site: SITE,
    device,
    dataDir,
    scales: [
      {
        id: 'deck-1',
        line,
        indicator: { model: 'mt-continuous' },
        shows: { unit: 'kg', interval: 20 },
        holdMs: Math.max(LEAST_HOLD_MS, Math.min(HOLD_MS, Math.round(HOLD_MS / speed))),
        ...more?.scale,
      },
    ],
    http: { port: httpPort },
    mqtt: mqtt === undefined || 'passwordFile' in mqtt ? mqtt : { url: mqtt.url },
    ...more?.site,
  });
  if (mqtt !== undefined && 'enrolWith' in mqtt && mqtt.enrolWith !== undefined) {
    await enrolEdge({ config, dataDir, device, site: SITE }, mqtt.enrolWith, clock);
  }
  const program = await startProgram(
    {
      name: 'edge-agent',
      args: [...nodeArgs, scriptOf('edge-agent'), 'run', '--config', config, '--stop-with-stdin'],
      readyMessage: 'agent.ready',
      logDir: logDirOf(plantDir),
      readyTimeoutMs: READY_TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    },
    clock,
  );
  const { url } = readySchema.parse(program.ready);
  const key = readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
  const api = apiClient(url, key);
  return {
    program,
    api,
    client: edgeClient(api, clock),
    url,
    key,
    dataDir,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
