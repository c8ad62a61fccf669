import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '@weighgate/protocol';
import type { FaultyNetwork } from '../faulty-network.ts';
import type { OkEvent } from './history.ts';
import { missingInCloud } from './missing-in-cloud.ts';
import { type OneAtATime, oneAtATime } from './one-at-a-time.ts';
import { type Deed, linkFaults, type Strike } from './plan.ts';
import type { SoakAgent } from './soak-agent.ts';
import type { SoakPlant } from './soak-plant.ts';
import type { Recorded, Workload } from './workload.ts';

/** Does what a plan says to a plant. */
export interface Nemesis {
  /** Resolves when it is undone again. */
  strike(strike: Strike): Promise<void>;
}

export interface NemesisParts {
  plant: SoakPlant;
  workloads: readonly Workload[];
  /** Weighings of an agent that were answered so far. */
  answeredBy: (device: string) => readonly OkEvent[];
  clock: Clock;
  record: (event: Recorded) => void;
}

/** How a deed that destroys a copy ended: told in the history, because the checker must know. */
type Note = string | null;

const DELIVERED_TIMEOUT_MS = 40_000;
const POLL_MS = 250;
const RESTARTS = 4;

export function nemesisOf({ plant, workloads, answeredBy, clock, record }: NemesisParts): Nemesis {
  const { cloud, broker } = plant;
  const aloneInCloud = oneAtATime();
  const aloneAtBroker = oneAtATime();
  // What destroys a copy waits until another has all: two at once would be two catastrophes, and those lose.
  const catastrophe: OneAtATime = oneAtATime();
  let backupState: 'none' | 'fresh' | 'stale' = 'none';

  function agentOf({ agent }: Strike): SoakAgent {
    const struck = plant.agents[agent];
    if (struck === undefined) throw new RangeError(`there is no agent ${agent}`);
    return struck;
  }

  /** A disk that was copied is the one that is put back, whichever agent the plan names. */
  function aimed(strike: Strike): Strike {
    const copied = plant.agents.findIndex((agent) => agent.hasImage());
    return strike.deed.kind === 'old-disk' && copied !== -1 ? { ...strike, agent: copied } : strike;
  }

  async function withFault(
    link: FaultyNetwork,
    deed: Deed & { kind: 'link' },
    lastsMs: number,
  ): Promise<Note> {
    link.setFaults(linkFaults[deed.fault]);
    // These faults are of new connections.
    if (deed.fault === 'refused' || deed.fault === 'doubled') link.cutAll();
    await clock.sleep(lastsMs);
    link.setFaults({});
    return null;
  }

  async function stopped(pid: number | undefined, lastsMs: number): Promise<Note> {
    if (pid === undefined) return 'it was down';
    process.kill(pid, 'SIGSTOP');
    await clock.sleep(lastsMs);
    process.kill(pid, 'SIGCONT');
    return null;
  }

  async function untilDelivered(agent: SoakAgent): Promise<boolean> {
    const deadlineMs = clock.monotonicMs() + DELIVERED_TIMEOUT_MS;
    while (clock.monotonicMs() < deadlineMs) {
      try {
        if ((await missingInCloud(cloud, answeredBy(agent.device))).length === 0) return true;
      } catch {
        // The database is just being killed; asked again.
      }
      await clock.sleep(POLL_MS);
    }
    return false;
  }

  /** Holds the trucks of an agent, waits until the cloud has all of it, and destroys the copy that it has. */
  async function destroy(strike: Strike, work: (agent: SoakAgent) => void, done: string): Promise<Note> {
    const agent = agentOf(strike);
    const workload = workloads[strike.agent];
    await workload?.pause();
    try {
      if (!(await untilDelivered(agent))) return 'left out: the cloud does not have all of it';
      backupState = backupState === 'none' ? 'none' : 'stale';
      await agent.alone(() =>
        agent.killFor(async () => {
          work(agent);
        }),
      );
      return done;
    } finally {
      workload?.resume();
    }
  }

  /** The old disk weighs before it hears that the cloud has more: it issues numbers that were issued. */
  async function putBackOffline(strike: Strike, agent: SoakAgent): Promise<Note> {
    const note = await destroy(
      strike,
      () => {
        agent.link.setFaults(linkFaults.refused);
        agent.putImageBack();
      },
      'put back',
    );
    await clock.sleep(strike.lastsMs);
    agent.link.setFaults({});
    return note;
  }

  async function oldDisk(strike: Strike): Promise<Note> {
    const agent = agentOf(strike);
    if (agent.hasImage()) return putBackOffline(strike, agent);
    const workload = workloads[strike.agent];
    await workload?.pause();
    await agent.alone(() =>
      agent.killFor(async () => {
        agent.takeImage();
      }),
    );
    workload?.resume();
    return 'image taken';
  }

  async function restoreCloud(): Promise<Note> {
    if (backupState !== 'fresh') {
      await aloneInCloud(() => cloud.backUp());
      backupState = 'fresh';
      return 'backed up';
    }
    await aloneInCloud(() => cloud.restore());
    return 'restored';
  }

  async function killBackend(): Promise<Note> {
    const backends = childrenOf(cloud.postgresPid()).filter((pid) => commandOf(pid).includes('127.0.0.1'));
    const [pid] = backends;
    if (pid === undefined) return 'there was none';
    process.kill(pid, 'SIGKILL');
    return null;
  }

  async function restartBroker(times: number, downMs: number): Promise<Note> {
    for (let time = 0; time < times; time += 1) {
      await broker.stop();
      await clock.sleep(downMs);
      await broker.start();
      await clock.sleep(downMs);
    }
    return null;
  }

  function doDeed(strike: Strike): Promise<Note> {
    const { deed, lastsMs } = strike;
    const agent = agentOf(strike);
    switch (deed.kind) {
      case 'link':
        return withFault(plant.linkOf(deed.link, strike.agent), deed, lastsMs);
      case 'agent-killed':
        return agent.alone(async () => {
          await agent.killFor(() => clock.sleep(Math.min(lastsMs, 3_000)));
          return null;
        });
      case 'agent-stopped':
        return agent.alone(() => stopped(agent.pid(), lastsMs));
      case 'old-disk':
        return catastrophe(() => oldDisk(strike));
      case 'agent-wiped':
        return catastrophe(() => destroy(strike, (struck) => struck.wipe(), 'wiped'));
      case 'cloud-killed':
        return aloneInCloud(async () => {
          await cloud.killFor(Math.min(lastsMs, 5_000));
          return null;
        });
      case 'cloud-stopped':
        return aloneInCloud(() => stopped(cloud.pid(), lastsMs));
      case 'backend-killed':
        return aloneInCloud(killBackend);
      case 'postgres-killed':
        return aloneInCloud(async () => {
          process.kill(cloud.postgresPid(), 'SIGKILL');
          return null;
        });
      case 'broker-killed':
        return aloneAtBroker(() => restartBroker(1, Math.min(lastsMs, 5_000)));
      case 'broker-stopped':
        return aloneAtBroker(() => stopped(broker.pid(), lastsMs));
      case 'broker-restarts':
        return aloneAtBroker(() => restartBroker(RESTARTS, 1_000));
      case 'cloud-restored':
        return catastrophe(restoreCloud);
    }
  }

  return {
    strike: async (planned) => {
      const strike = aimed(planned);
      const { deed } = strike;
      const name = deed.kind === 'link' ? `${deed.link} link ${deed.fault}` : deed.kind;
      const target = /^(cloud|database|broker|postgres|backend)/.test(name)
        ? 'plant'
        : agentOf(strike).device;
      record({ type: 'nemesis', deed: name, target, phase: 'begin', note: null });
      const note = await doDeed(strike);
      record({ type: 'nemesis', deed: name, target, phase: 'end', note });
    },
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
}

function parentOf(pid: number): number | undefined {
  const stat = readProc(pid, 'stat');
  // The name in parentheses may hold anything, so what follows its last one is read.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function commandOf(pid: number): string {
  return readProc(pid, 'cmdline');
}

/** Empty when it has ended meanwhile. */
function readProc(pid: number, file: 'stat' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
