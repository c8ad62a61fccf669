import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { type Program, startProgram } from '../program.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { type CloudClient, cloudClient } from './cloud-client.ts';
import { logDirOf, READY_TIMEOUT_MS, scriptOf, writeConfig } from './plant-files.ts';

/** The cloud as a program of its own. */
export interface CloudProgram extends AsyncDisposable {
  program: Program;
  api: ApiClient;
  client: CloudClient;
  url: string;
  mqttUrl: string;
  key: string;
}

export interface CloudSettings {
  /** 0 takes any free port. */
  httpPort: number;
  /** A broker of its own on that port of loopback, or one that is there already. */
  mqtt: { embedded: { port: number } } | { url: string; username: string; password?: string };
  /** Where devices enrol; left out, any free port. */
  enrolPort?: number;
  /** A PostgreSQL that is there already; left out, one of its own. */
  databaseUrl?: string;
}

const readySchema = z.looseObject({ url: z.string(), mqttUrl: z.string() });

/**
 * Starts `cloud serve` in the folder of a plant.
 * @throws ProgramError
 */
export async function startCloudProgram(
  plantDir: string,
  { httpPort, mqtt, enrolPort = 0, databaseUrl }: CloudSettings,
  { clock, signal }: { clock: Clock; signal?: AbortSignal },
): Promise<CloudProgram> {
  const dataDir = join(plantDir, 'cloud');
  const config = writeConfig(join(plantDir, 'cloud.yaml'), {
    dataDir,
    // One cloud, and no balancer that has to be told: there is nobody to take leave of.
    http: { port: httpPort, drainMs: 0 },
    enrolment: { port: enrolPort },
    mqtt,
    databaseUrl,
  });
  const program = await startProgram(
    {
      name: 'cloud-api',
      args: [scriptOf('cloud-api'), 'serve', '--config', config, '--stop-with-stdin'],
      readyMessage: 'cloud.ready',
      logDir: logDirOf(plantDir),
      readyTimeoutMs: READY_TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    },
    clock,
  );
  const { url, mqttUrl } = readySchema.parse(program.ready);
  const key = readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
  const api = apiClient(url, key);
  return {
    program,
    api,
    client: cloudClient(api),
    url,
    mqttUrl,
    key,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
