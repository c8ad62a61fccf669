import { join, resolve } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { untilFormerEnded } from '../former-program.ts';
import type { Program } from '../program.ts';
import { seededRandom } from '../random.ts';
import { startWeighbridge, type Weighbridge } from '../weighbridge.ts';
import { checkPorts } from './check-ports.ts';
import { claimPlantDir } from './claim-plant-dir.ts';
import type { CloudClient } from './cloud-client.ts';
import { startCloudProgram } from './cloud-program.ts';
import type { DemoOptions } from './demo-options.ts';
import type { EdgeClient } from './edge-client.ts';
import { startEdgeProgram } from './edge-program.ts';
import { openIndicatorLine } from './indicator-line.ts';
import { logDirOf } from './plant-files.ts';

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

/**
 * Starts the weighbridge, the cloud and the agent, each as it would run in earnest, in the order of the data.
 * @param signal aborted, what has come up is stopped again and the start rejects
 * @throws PlantDirError, PlantPortError, WeighbridgeTcpError, PtyPairError, WeighbridgeSerialError, ProgramError
 */
export async function startPlant(options: DemoOptions, clock: Clock, signal?: AbortSignal): Promise<Plant> {
  const dataDir = resolve(options.dataDir);
  const parts = { clock, ...(signal === undefined ? {} : { signal }) };
  await using undo = new AsyncDisposableStack();
  undo.use(await claimPlantDir(dataDir, process.pid, clock, signal));
  for (const name of ['cloud-api', 'edge-agent'])
    await untilFormerEnded(join(logDirOf(dataDir), `${name}.pid`), clock);
  await checkPorts(options);

  const random = seededRandom(options.seed).fork('weighbridge');
  const weighbridge = undo.use(startWeighbridge({ clock, random, speed: options.speed }));
  const indicator = undo.use(await openIndicatorLine(weighbridge, options, dataDir, clock));
  const cloud = undo.use(
    await startCloudProgram(
      dataDir,
      {
        httpPort: options.cloudPort,
        mqtt: { embedded: { port: options.mqttPort } },
        enrolPort: options.enrolPort,
      },
      parts,
    ),
  );
  const edge = undo.use(
    await startEdgeProgram(
      dataDir,
      {
        httpPort: options.edgePort,
        line: indicator.line,
        speed: options.speed,
        mqtt: { url: cloud.mqttUrl, enrolWith: cloud.api },
      },
      parts,
    ),
  );

  const running = undo.move();
  return {
    weighbridge,
    cloud: cloud.client,
    edge: edge.client,
    programs: [cloud.program, edge.program],
    edgeDataDir: edge.dataDir,
    urls: { cloud: cloud.url, edge: edge.url, mqtt: cloud.mqttUrl, indicator: indicator.name },
    keys: { cloud: cloud.key, edge: edge.key },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
