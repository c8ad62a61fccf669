import { walkChain } from '@weighgate/protocol';
import type { CloudContents } from './cloud-store.ts';
import type { EdgeMachine } from './edge-machine.ts';
import type { Witness } from './witness.ts';

/** Whether an edge and the cloud have nothing more to tell each other. */
export function isSettled(machine: EdgeMachine, cloud: CloudContents): boolean {
  const edge = machine.running();
  if (edge === undefined) return false;
  const { phase, headSeq, ackedSeq, formerWaiting } = edge.pump.view();
  const { revision } = edge.store.masterData.held();
  return (
    phase === 'streaming' &&
    ackedSeq === headSeq &&
    formerWaiting === 0 &&
    revision === cloud.masterData.revision
  );
}

/** What does not hold once faults have stopped and time has passed: each with the invariant it breaks. */
export function offencesIn(
  cloud: CloudContents,
  machines: readonly EdgeMachine[],
  { weighings, excused }: Witness,
): string[] {
  return [
    ...lostOf(cloud, weighings, excused),
    ...doubledOf(cloud),
    ...brokenOf(cloud),
    ...machines.flatMap((machine) => disagreementsOf(cloud, machine)),
  ];
}

function lostOf(
  { timesTaken, deliveries }: CloudContents,
  weighings: Witness['weighings'],
  excused: Witness['excused'],
): string[] {
  return [...weighings].flatMap(([uuid, session]) => {
    if (excused.has(uuid)) return [];
    if (!timesTaken.has(uuid)) return [`I1: weighing ${uuid} was reported and is not in the cloud`];
    const isDelivered = session === null || deliveries.has(session);
    return isDelivered ? [] : [`I1: session ${session} was closed and is not in the ledger`];
  });
}

function doubledOf({ timesTaken, deliveries }: CloudContents): string[] {
  const facts = [...timesTaken].filter(([, times]) => times !== 1);
  const sessions = [...deliveries].filter(([, times]) => times !== 1);
  return [
    ...facts.map(([uuid, times]) => `I2: the fact ${uuid} was taken ${times} times`),
    ...sessions.map(([session, times]) => `I2: session ${session} is ${times} times in the ledger`),
  ];
}

function brokenOf({ chains }: CloudContents): string[] {
  return [...chains].flatMap(([incarnation, rows]) => {
    const walk = walkChain(rows, { seq: 0, hash: rows[0]?.previousHash ?? '' });
    return walk.kind === 'intact'
      ? []
      : [`I9: the cloud's chain ${incarnation} breaks at ${walk.brokenAtSeq}`];
  });
}

function disagreementsOf(cloud: CloudContents, machine: EdgeMachine): string[] {
  const { device } = machine;
  const edge = machine.running();
  if (edge === undefined) return [`liveness: ${device} is down`];
  const { store, pump } = edge;
  const offences: string[] = [];
  const { phase, headSeq, ackedSeq, formerWaiting, trouble } = pump.view();
  if (phase !== 'streaming' || ackedSeq !== headSeq || formerWaiting > 0) {
    const stands = `${phase}, ${ackedSeq} of ${headSeq}, ${formerWaiting} of former lives`;
    offences.push(`liveness: ${device} is not done: ${stands} (${trouble?.code ?? 'no trouble'})`);
  }
  const { masterData } = cloud;
  const held = store.masterData.held();
  if (held.revision !== masterData.revision || held.digest !== masterData.digest)
    offences.push(`I8: ${device} holds master data ${held.revision}, the cloud ${masterData.revision}`);
  for (const life of store.lives.all()) {
    const { incarnation, partedAfter, head, hashAt } = life;
    const rows = cloud.chains.get(incarnation) ?? [];
    const lastSeq = Math.min(partedAfter ?? head().seq, head().seq);
    for (let seq = 1; seq <= lastSeq; seq += 1) {
      if (rows[seq - 1]?.hash === hashAt(seq)) continue;
      offences.push(`I8: ${device} and the cloud differ at entry ${seq} of ${incarnation}`);
      break;
    }
  }
  if (store.journal.verify().kind !== 'intact') offences.push(`I9: the chain of ${device} is broken`);
  return offences;
}
