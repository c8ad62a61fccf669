import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { type CloudProgram, startCloudProgram } from '../src/demo/cloud-program.ts';
import { type EdgeProgram, startEdgeProgram } from '../src/demo/edge-program.ts';
import { openIndicatorLine } from '../src/demo/indicator-line.ts';
import { registerSite } from '../src/demo/register-site.ts';
import { makeServerCertificate } from '../src/demo/server-certificate.ts';
import { freePort } from '../src/free-port.ts';
import { seededRandom } from '../src/random.ts';
import { type SecuredMosquitto, startSecuredMosquitto } from '../src/secured-mosquitto.ts';
import type { Site } from '../src/site.ts';
import { startWeighbridge, type Weighbridge } from '../src/weighbridge.ts';

/** A plant whose broker is a real Mosquitto with certificates, under the configuration that is deployed, and whose programs can be killed and started again one by one. */
export interface PlantOnMosquitto extends AsyncDisposable {
  weighbridge: Weighbridge;
  broker: SecuredMosquitto;
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
  const port = await freePort();
  await makeServerCertificate(dir, join(dir, 'broker', 'certs'));
  const broker = undo.use(await startSecuredMosquitto({ dir: join(dir, 'broker'), port }));

  const weighbridge = undo.use(startWeighbridge({ clock, random: seededRandom(5), speed }));
  const { line } = undo.use(
    await openIndicatorLine(weighbridge, { serial: false, scalePort: 0 }, dir, clock),
  );
  const startCloud = () =>
    startCloudProgram(dir, { httpPort: 0, mqtt: { url: broker.url, username: 'cloud' } }, { clock });
  const startEdge = (cloud: CloudProgram) =>
    startEdgeProgram(
      dir,
      { httpPort: 0, line, speed, mqtt: { url: broker.url, enrolWith: cloud.api } },
      { clock },
    );

  const cloud = await startCloud();
  const running = { cloud, edge: await startEdge(cloud) };
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
      else running.edge = await startEdge(running.cloud);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
