import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idMaker, systemClock } from '@weighgate/protocol';
import { type CloudProgram, startCloudProgram } from '../src/demo/cloud-program.ts';
import { DEVICE, type EdgeProgram, startEdgeProgram } from '../src/demo/edge-program.ts';
import { openIndicatorLine } from '../src/demo/indicator-line.ts';
import { registerSite } from '../src/demo/register-site.ts';
import { seededRandom } from '../src/random.ts';
import type { Site } from '../src/site.ts';
import { startWeighbridge, type Weighbridge } from '../src/weighbridge.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';

/** A plant whose broker is a real Mosquitto, and whose programs can be killed and started again one by one. */
export interface PlantOnMosquitto extends AsyncDisposable {
  weighbridge: Weighbridge;
  broker: Mosquitto;
  cloud: CloudProgram;
  edge: EdgeProgram;
  /** kill -9, whatever is done meanwhile, then a new start on what is there then. */
  killAndRestart(which: 'cloud' | 'edge', meanwhile?: () => void): Promise<void>;
}

const clock = systemClock;

/** Starts all of it in a temporary folder, registers the site, and waits until the cloud knows all that the agent does. */
export async function startPlantOnMosquitto(site: Site, speed: number): Promise<PlantOnMosquitto> {
  await using undo = new AsyncDisposableStack();
  const { path: dir } = undo.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-mosquitto-')));
  const passwords = { cloud: idMaker(clock)(), [DEVICE]: idMaker(clock)() };
  const broker = undo.use(await startMosquitto(join(dir, 'broker'), passwords));
  const passwordFile = join(dir, 'device-password');
  writeFileSync(passwordFile, passwords[DEVICE] ?? '');

  const weighbridge = undo.use(startWeighbridge({ clock, random: seededRandom(5), speed }));
  const { line } = undo.use(
    await openIndicatorLine(weighbridge, { serial: false, scalePort: 0 }, dir, clock),
  );
  const startCloud = () =>
    startCloudProgram(
      dir,
      { httpPort: 0, mqtt: { url: broker.url, username: 'cloud', password: passwords.cloud } },
      { clock },
    );
  const startEdge = () =>
    startEdgeProgram(dir, { httpPort: 0, line, speed, mqtt: { url: broker.url, passwordFile } }, { clock });

  const running = { cloud: await startCloud(), edge: await startEdge() };
  undo.defer(() => running.cloud[Symbol.asyncDispose]());
  undo.defer(() => running.edge[Symbol.asyncDispose]());
  await registerSite(site, running.cloud.client, running.edge.client);
  await running.edge.client.untilAcknowledged((await running.edge.client.sync()).headSeq, 30_000);

  const kept = undo.move();
  return {
    weighbridge,
    broker,
    get cloud() {
      return running.cloud;
    },
    get edge() {
      return running.edge;
    },
    killAndRestart: async (which, meanwhile) => {
      await running[which].program.kill();
      meanwhile?.();
      if (which === 'cloud') running.cloud = await startCloud();
      else running.edge = await startEdge();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
