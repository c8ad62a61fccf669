import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import { makeServerCertificate } from '../demo/server-certificate.ts';
import type { FaultyNetwork } from '../faulty-network.ts';
import { freePort } from '../free-port.ts';
import type { Random } from '../random.ts';
import { type SecuredMosquitto, startSecuredMosquitto } from '../secured-mosquitto.ts';
import type { LinkName } from './plan.ts';
import { type SoakAgent, startSoakAgent } from './soak-agent.ts';
import { type SoakCloud, startSoakCloud } from './soak-cloud.ts';

/** Everything of several weighbridges and one cloud, each a process of its own, each link ready to be broken. */
export interface SoakPlant extends AsyncDisposable {
  broker: SecuredMosquitto;
  cloud: SoakCloud;
  agents: readonly SoakAgent[];
  linkOf(link: LinkName, agent: number): FaultyNetwork;
}

export interface SoakPlantSettings {
  dir: string;
  agents: number;
  scales: number;
}

/** Starts all of it in a folder. */
export async function startSoakPlant(
  { dir, agents: count, scales }: SoakPlantSettings,
  { clock, random }: { clock: Clock; random: Random },
): Promise<SoakPlant> {
  await using undo = new AsyncDisposableStack();
  const brokerPort = await freePort();
  await makeServerCertificate(dir, join(dir, 'broker', 'certs'));
  const broker = undo.use(await startSecuredMosquitto({ dir: join(dir, 'broker'), port: brokerPort }));
  const cloud = undo.use(await startSoakCloud(dir, brokerPort, { clock, random: random.fork('cloud') }));
  const agents: SoakAgent[] = [];
  for (let index = 1; index <= count; index += 1) {
    const device = `soak-${index}`;
    const parts = { clock, random: random.fork(device), brokerPort, cloudApi: cloud.api };
    agents.push(undo.use(await startSoakAgent(dir, device, scales, parts)));
  }
  const kept = undo.move();
  return {
    broker,
    cloud,
    agents,
    linkOf: (link, agent) => {
      if (link === 'cloud') return cloud.brokerLink;
      if (link === 'database') return cloud.databaseLink;
      const struck = agents[agent];
      if (struck === undefined) throw new RangeError(`there is no agent ${agent}`);
      return struck.link;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
