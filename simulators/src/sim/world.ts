import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Clock, DownMessage, MakeId } from '@weighgate/protocol';
import { seededRandom } from '../random.ts';
import { virtualClock } from '../virtual-clock.ts';
import { applyFault, endFaults } from './apply-fault.ts';
import { openBroker } from './broker.ts';
import { changeMasterData } from './change-master-data.ts';
import { isSettled, offencesIn } from './check-world.ts';
import { cloudProcess } from './cloud-process.ts';
import type { CloudStore } from './cloud-store.ts';
import { edgeMachine } from './edge-machine.ts';
import type { Plan } from './fault-plan.ts';
import { openHistory } from './history.ts';
import type { Mutant } from './mutants.ts';
import { operate } from './operator.ts';
import { seededIds } from './seeded-id.ts';
import { simulatedLink } from './simulated-link.ts';
import { watchForks } from './watch-forks.ts';
import { openWitness } from './witness.ts';

/** What came of a world. */
export interface WorldOutcome {
  /** What did not hold; empty when everything did. */
  offences: readonly string[];
  lines: readonly string[];
  logHash: string;
  weighings: number;
  excused: number;
  /** Virtual time of all edges together. */
  edgeMs: number;
}

/** Opens the cloud's database of a world. */
export type OpenCloud = (parts: { clock: Clock; makeId: MakeId }) => CloudStore | Promise<CloudStore>;

export interface WorldParts {
  openCloud: OpenCloud;
  mutant?: Mutant | undefined;
  /** Where the disks are kept; on a file system in memory, for speed. */
  folder: string;
}

const MAX_OF_A_KIND = 3;
const LOOK_EVERY_MS = 5 * 60_000;
/** Longest calm: two and a half hours. The longest message is held back for one. */
const MAX_LOOKS = 30;
/** Every greeting is said again in this time; what it finds must still be well. */
const AFTER_MS = 20 * 60_000;

/** Runs one world from its plan: chaos, then calm, then the checks. The same plan gives the same lines. */
export async function runWorld(plan: Plan, { openCloud, mutant, folder }: WorldParts): Promise<WorldOutcome> {
  mkdirSync(folder, { recursive: true });
  const disks = mkdtempSync(join(folder, 'world-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rmSync(disks, { recursive: true, force: true }));
  const random = seededRandom(plan.seed);
  const io = new Set<Promise<unknown>>();
  const settled = async () => {
    await turnOfEventLoop();
    while (io.size > 0) {
      await Promise.allSettled(io);
      await turnOfEventLoop();
    }
  };
  const clock = virtualClock(undefined, settled);
  const history = openHistory(clock.monotonicMs);
  const offences: string[] = [];
  const violated = (what: string) => {
    history.note(`WRONG ${what}`);
    // A few of each kind: one that happens all the time must not hide the others.
    const kind = what.split(':', 1)[0];
    if (offences.filter((one) => one.split(':', 1)[0] === kind).length < MAX_OF_A_KIND) offences.push(what);
  };
  /** Real input and output: time stands still until it is over. */
  function standStill<T>(work: Promise<T>): Promise<T> {
    const watched = work.finally(() => io.delete(watched));
    io.add(watched);
    return watched;
  }
  using _watch = watchFailures((error) => violated(`a program failed: ${error.stack ?? error.message}`));

  const makeId = seededIds(random.fork('ids'));
  const openStore = mutant?.openCloud ?? openCloud;
  const opened = watchForks(await openStore({ clock, makeId }), violated);
  const store = undo.use(standingStill(opened, standStill));
  const witness = openWitness(plan.edges);
  const broker = openBroker(plan.personality, { clock, random, history });
  const onAnswered = (message: DownMessage) => {
    if (message.type !== 'ack' && message.type !== 'welcome') return;
    if (message.upTo === 0) return;
    void standStill(
      store.hashAt(message.incarnation, message.upTo).then((hash) => {
        const said = `${message.type} ${message.upTo} of ${message.incarnation}`;
        if (hash !== message.hash) violated(`I4: ${said} speaks of what is not committed`);
      }),
    );
  };
  const cloud = cloudProcess(store, broker, { clock, random, history, onAnswered });
  const link = simulatedLink(broker);
  const machines = Array.from({ length: plan.edges }, (_, number) =>
    edgeMachine(number, join(disks, `${number}`), {
      clock,
      random,
      makeId,
      history,
      witness,
      link,
      weak: mutant?.edge?.() ?? {},
      drop: broker.drop,
    }),
  );
  undo.defer(() => {
    for (const machine of machines) machine.close();
  });

  broker.setWeather(plan.weather);
  cloud.start();
  for (const machine of machines) machine.start();
  const { conduct, trucksEveryMs, chaosMs: untilMs } = plan;
  const watching = { clock, random, history, witness, violated };
  for (const machine of machines) operate(machine, { ...watching, conduct, trucksEveryMs, untilMs });
  void changeMasterData(store, cloud, { ...watching, untilMs });
  const world = { broker, cloud, store, machines, witness, history, clock, standStill };
  for (const fault of plan.faults) void clock.sleep(fault.atMs).then(() => applyFault(fault, world));
  await clock.advance(plan.chaosMs);

  history.note('calm');
  endFaults(world);
  const isDone = async () => {
    const contents = await store.contents();
    return broker.underWay() === 0 && machines.every((machine) => isSettled(machine, contents));
  };
  await clock.advance(LOOK_EVERY_MS);
  for (let looks = 1; looks < MAX_LOOKS && !(await isDone()); looks += 1) await clock.advance(LOOK_EVERY_MS);
  await clock.advance(AFTER_MS);
  const contents = await store.contents();
  for (const offence of offencesIn(contents, machines, witness)) violated(offence);
  history.note(
    `cloud: ${contents.chains.size} chains, ${contents.timesTaken.size} facts, ${contents.forks} forks`,
  );
  return {
    offences,
    lines: history.lines,
    logHash: history.hash(),
    weighings: witness.weighings.size,
    excused: witness.excused.size,
    edgeMs: clock.monotonicMs() * plan.edges,
  };
}

/** The store, whose every call takes no virtual time: the clock stands still until it is over. */
function standingStill(store: CloudStore, standStill: <T>(work: Promise<T>) => Promise<T>): CloudStore {
  return {
    receive: (...args) => standStill(store.receive(...args)),
    changeMasterData: (...args) => standStill(store.changeMasterData(...args)),
    backup: () => standStill(store.backup()),
    restore: () => standStill(store.restore()),
    hashAt: (...args) => standStill(store.hashAt(...args)),
    contents: () => standStill(store.contents()),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Tells of whatever a program let fall, which would have ended its process. */
function watchFailures(onFailure: (error: Error) => void): Disposable {
  const heard = (error: unknown) => onFailure(error instanceof Error ? error : new Error(String(error)));
  process.on('unhandledRejection', heard);
  process.on('uncaughtException', heard);
  return {
    [Symbol.dispose]: () => {
      process.off('unhandledRejection', heard);
      process.off('uncaughtException', heard);
    },
  };
}
