import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, idMaker } from '@weighgate/protocol';
import { type BenchResult, percentileOf } from '../bench/result.ts';
import { seededRandom } from '../random.ts';
import { type Budgets, budgetsOf } from './budgets.ts';
import { checkHistory, type Violation } from './check-history.ts';
import type { HistoryEvent, OkEvent } from './history.ts';
import { type PlanSettings, planOf, type Strike } from './plan.ts';
import { readFinalState } from './read-final-state.ts';
import { startSoakPlant } from './soak-plant.ts';
import { type Nemesis, nemesisOf } from './strike.ts';
import { type Recorded, startWorkload } from './workload.ts';

export interface SoakSettings extends PlanSettings {
  seed: number;
  scales: number;
  /** Data of the programs, their logs, the history and what there was in the end. */
  dir: string;
}

export interface SoakOutcome {
  violations: readonly Violation[];
  results: readonly BenchResult[];
  historyFile: string;
}

const SAMPLE_MS = 2_000;
const PROGRESS_MS = 10_000;
/** For everything to be delivered once the faults are over: a retry may just have begun to wait its five minutes. */
const QUIET_MS = 420_000;
const MAX_RESIDENT_MB = 400;
const MAX_FILES_GROWN = 24;
const MAX_LOG_MIB = 16;
/** Of every agent in a minute, however much it was struck: a run in which nothing happens proves nothing. */
const LEAST_WEIGHINGS = 5;

/**
 * Lets trucks come to real agents while everything around them is broken by a plan, heals it, waits until everything is
 * delivered, and holds the history of answers against what the cloud has.
 * @param say told of progress, one line at a time
 */
export async function runSoak(
  settings: SoakSettings,
  clock: Clock,
  say: (line: string) => void,
): Promise<SoakOutcome> {
  const { seed, dir, agents, durationMs, scales } = settings;
  const random = seededRandom(seed);
  const plan = planOf(random.fork('plan'), settings);
  mkdirSync(dir, { recursive: true });
  const historyFile = join(dir, 'history.jsonl');
  writeFileSync(historyFile, '');
  await using plant = await startSoakPlant(
    { dir, agents, scales },
    { clock, random: random.fork('networks') },
  );

  const startedMs = clock.monotonicMs();
  const passedMs = () => Math.round(clock.monotonicMs() - startedMs);
  const history: HistoryEvent[] = [];
  const record = (event: Recorded) => {
    const line = { atMs: passedMs(), ...event };
    history.push(line);
    appendFileSync(historyFile, `${JSON.stringify(line)}\n`);
    if (event.type === 'nemesis' && event.phase === 'begin')
      say(`${seconds(line.atMs)} ${event.deed} (${event.target})`);
  };
  const workloads = plant.agents.map((agent) =>
    startWorkload(agent, { clock, makeId: idMaker(clock), random: random.fork(agent.device), record }),
  );
  const answeredBy = (device: string) =>
    history.filter((event): event is OkEvent => event.type === 'ok' && event.device === device);
  const nemesis = nemesisOf({ plant, workloads, answeredBy, clock, record });
  const budgets = budgetsOf(plant);
  const over = new AbortController();
  const watching = Promise.all([
    every(SAMPLE_MS, clock, over.signal, () => budgets.sample(passedMs())),
    every(PROGRESS_MS, clock, over.signal, () => say(progressOf(passedMs(), history))),
  ]);

  await strikeBy(plan, nemesis, clock, passedMs);
  await clock.sleep(durationMs - passedMs());
  say(`${seconds(passedMs())} all faults are over`);
  await Promise.all(workloads.map((workload) => workload.stop()));
  const healedMs = passedMs();
  const final = await readFinalState(plant, clock, QUIET_MS);
  over.abort();
  await watching;
  writeFileSync(join(dir, 'final.json'), JSON.stringify(final));
  const violations = checkHistory(history, final);
  const details = [
    `seed ${seed}: ${plan.length} strikes on ${agents} agents`,
    progressOf(passedMs(), history),
    `everything was delivered ${seconds(passedMs() - healedMs)} after the last truck; ${final.entries.length} entries, ${final.sessions.length} sessions, ${final.parked.length} parked, ${final.forks.length} forks`,
    ...answersOf(workloads.flatMap(({ answeredInMs }) => [...answeredInMs])),
    ...violations.slice(0, 20).map(({ rule, detail }) => `FAILS ${rule}: ${detail}`),
  ];
  const least = Math.floor((LEAST_WEIGHINGS * agents * durationMs) / 60_000);
  const results = [
    { name: 'soak_history', value: violations.length === 0 ? 1 : 0, goal: 1, details },
    {
      name: 'soak_weighings',
      value: history.filter(({ type }) => type === 'ok').length,
      goal: least,
      details: ['weighings that were answered'],
    },
    ...budgetResults(budgets),
  ];
  return { violations, results, historyFile };
}

/** Strikes as planned and waits until all of it is undone. A program that does not come up again fails it at once. */
async function strikeBy(
  plan: readonly Strike[],
  nemesis: Nemesis,
  clock: Clock,
  passedMs: () => number,
): Promise<void> {
  const failed = Promise.withResolvers<never>();
  // Heard below, whenever it comes.
  failed.promise.catch(() => undefined);
  const strikes = [];
  for (const strike of plan) {
    await Promise.race([clock.sleep(strike.atMs - passedMs()), failed.promise]);
    strikes.push(nemesis.strike(strike).catch(failed.reject));
  }
  await Promise.race([Promise.all(strikes), failed.promise]);
}

async function every(pauseMs: number, clock: Clock, signal: AbortSignal, work: () => void): Promise<void> {
  while (!signal.aborted) {
    work();
    try {
      await clock.sleep(pauseMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}

function progressOf(atMs: number, history: readonly HistoryEvent[]): string {
  const countOf = (type: HistoryEvent['type']) => history.filter((event) => event.type === type).length;
  return `${seconds(atMs)}: ${countOf('invoke')} asked for, ${countOf('ok')} weighed, ${countOf('fail')} refused, ${countOf('info')} times nobody answered`;
}

function answersOf(answeredInMs: readonly number[]): string[] {
  if (answeredInMs.length === 0) return [];
  return [
    `answered in ${percentileOf(answeredInMs, 50).toFixed(0)} ms (median), ${percentileOf(answeredInMs, 99).toFixed(0)} ms (p99)`,
  ];
}

function budgetResults(budgets: Budgets): BenchResult[] {
  const steepest = budgets.steepest();
  return [
    {
      name: 'soak_memory',
      value: MAX_RESIDENT_MB - budgets.mostResidentMb(),
      goal: 0,
      details: [
        `a program took ${budgets.mostResidentMb().toFixed(0)} MB at most; value: MB left of ${MAX_RESIDENT_MB}`,
        steepest === null
          ? 'no program lived for five minutes, so no slope'
          : `steepest of five minutes or more: ${steepest.life}, ${steepest.mbPerHour.toFixed(1)} MB an hour; hours decide, not minutes`,
      ],
    },
    {
      name: 'soak_files',
      value: MAX_FILES_GROWN - budgets.mostFilesGrown(),
      goal: 0,
      details: [`open files grew by ${budgets.mostFilesGrown()} at most within one life of a program`],
    },
    {
      name: 'soak_log',
      value: MAX_LOG_MIB - budgets.mostLogMiB(),
      goal: 0,
      details: [`the write-ahead log of an agent had ${budgets.mostLogMiB().toFixed(1)} MiB at most`],
    },
  ];
}
