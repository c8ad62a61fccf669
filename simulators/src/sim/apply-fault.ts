import type { Clock } from '@weighgate/protocol';
import type { Broker } from './broker.ts';
import type { CloudProcess } from './cloud-process.ts';
import type { CloudStore } from './cloud-store.ts';
import type { EdgeMachine } from './edge-machine.ts';
import { calm, type Fault } from './fault-plan.ts';
import type { History } from './history.ts';
import type { Witness } from './witness.ts';

/** What faults befall. */
export interface StruckWorld {
  broker: Broker;
  cloud: CloudProcess;
  store: CloudStore;
  machines: readonly EdgeMachine[];
  witness: Witness;
  history: History;
  clock: Clock;
  /** Time stands still until the work is over. */
  standStill: <T>(work: Promise<T>) => Promise<T>;
}

const CLOUD = 'cloud';

/** Lets one fault happen, and end when its time is over. */
export async function applyFault(fault: Fault, world: StruckWorld): Promise<void> {
  world.history.note(`fault ${JSON.stringify(fault)}`);
  if ('edge' in fault) await strikeEdge(fault, world);
  else await strikeCloud(fault, world);
}

async function strikeEdge(fault: Extract<Fault, { edge: number }>, world: StruckWorld): Promise<void> {
  const { broker, store, witness, clock } = world;
  const machine = world.machines[fault.edge];
  if (machine === undefined) return;
  // Before a disk goes, it is asked what the cloud could have of it.
  const askCloud = async () => witness.cloudHolds((await store.contents()).timesTaken.keys());
  switch (fault.kind) {
    case 'edge_crash':
      return machine.crash(fault.downMs);
    case 'edge_power_cut':
      return fault.afterReport
        ? machine.cutPowerAfterReport(fault.downMs)
        : machine.crash(fault.downMs, true);
    case 'clock_step':
      return machine.stepClock(fault.stepMs);
    case 'disk_copied':
      return machine.copyDisk();
    case 'old_disk_back':
      await askCloud();
      return machine.putOldDiskBack();
    case 'disk_wiped':
      await askCloud();
      return machine.wipeDisk();
    case 'edge_backup':
      return world.standStill(machine.backUp());
    case 'edge_restored':
      await askCloud();
      return machine.restoreBackup();
    case 'commit_unknown':
      return machine.setStorageFault({ kind: 'unknown', landed: fault.landed });
    case 'disk_full':
      machine.setStorageFault({ kind: 'full' });
      await clock.sleep(fault.forMs);
      return machine.setStorageFault(null);
    case 'cut_off':
      broker.cutOff(machine.device, true);
      await clock.sleep(fault.forMs);
      return broker.cutOff(machine.device, false);
    case 'answers_lost':
      broker.deafen(machine.device, true);
      await clock.sleep(fault.forMs);
      return broker.deafen(machine.device, false);
  }
}

async function strikeCloud(fault: Exclude<Fault, { edge: number }>, world: StruckWorld): Promise<void> {
  const { broker, cloud, store, witness, history, clock } = world;
  switch (fault.kind) {
    case 'cloud_crash':
      return cloud.crash(fault.point, fault.downMs);
    case 'cloud_cut_off':
      broker.cutOff(CLOUD, true);
      await clock.sleep(fault.forMs);
      return broker.cutOff(CLOUD, false);
    case 'cloud_backup':
      return store.backup();
    case 'cloud_restored':
      cloud.crash('idle', fault.downMs);
      if (await store.restore()) history.note('the cloud goes on from its backup');
      return witness.cloudHolds((await store.contents()).timesTaken.keys());
    case 'broker_restart':
      broker.stop();
      await clock.sleep(fault.downMs);
      return broker.start();
  }
}

/** No more faults: what is broken is repaired, what is off is switched on. */
export function endFaults({ broker, machines }: StruckWorld): void {
  broker.setWeather(calm);
  broker.start();
  broker.cutOff(CLOUD, false);
  for (const machine of machines) {
    broker.cutOff(machine.device, false);
    broker.deafen(machine.device, false);
    machine.setStorageFault(null);
  }
}
