import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type BenchResult, resultLine } from './bench/result.ts';
import type { Plan } from './sim/fault-plan.ts';
import { minimise } from './sim/minimise.ts';
import { mutants } from './sim/mutants.ts';
import { openPostgresClouds } from './sim/postgres-cloud.ts';
import { killOf, planOf, runPlan } from './sim/run-seeds.ts';
import { seedCorpus } from './sim/seed-corpus.ts';
import type { OpenCloud } from './sim/world.ts';

const usage = `npm run sim -- [--seeds N] [--from SEED] [--seed SEED] [--mutants] [--twice] [--postgres]

Runs worlds of one to four weighbridges, a broker and the cloud on a virtual clock, under faults drawn from a seed.
  --seeds N    that many, after every seed that ever failed (20)
  --from SEED  the first of them (1)
  --seed SEED  this one alone, with its log
  --mutants    weakened protocols too: each has to be found out within the seeds
  --twice      every seed twice: the logs have to be the same
  --postgres   the real inbox on a real PostgreSQL in the place of tables in memory
`;

const DAY_MS = 86_400_000;
const MAX_LOG_LINES = 400;
const PROGRESS_EVERY = 100;
const NOT_TRIED = [
  'not tried here: bytes on a wire (prove -- acl, soak), pages of a disk (prove -- crash, kill9, eio, enospc),',
  'two replicas of the cloud at once, forged entries, programs of different versions, outages of days, I7 (which lists a weighing used)',
];

const say = (line: string) => void process.stdout.write(`${line}\n`);

interface Options {
  seeds: readonly number[];
  /** One seed was asked for by name. */
  isSingle: boolean;
  mutants: boolean;
  twice: boolean;
  postgres: boolean;
}

async function main(args: string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  await using undo = new AsyncDisposableStack();
  const openCloud = options.postgres ? undo.use(await openPostgresClouds()).open : undefined;
  const results = [await worldsResult(options, openCloud)];
  if (options.mutants) results.push(await mutantsResult(options));
  for (const { name, details } of results) for (const detail of details) say(`${name}: ${detail}`);
  for (const line of NOT_TRIED) say(line);
  for (const result of results) say(resultLine(result));
  return results.every(({ value, goal }) => value >= goal) ? 0 : 1;
}

function optionsOf(args: string[]): Options | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seeds: { type: 'string', default: '20' },
        from: { type: 'string', default: '1' },
        seed: { type: 'string' },
        mutants: { type: 'boolean', default: false },
        twice: { type: 'boolean', default: false },
        postgres: { type: 'boolean', default: false },
      },
    });
    const { mutants: withMutants, twice, postgres } = values;
    const [count, from, single] = [values.seeds, values.from, values.seed ?? '0'].map(Number);
    if (![count, from, single].every((one) => Number.isSafeInteger(one) && (one ?? -1) >= 0)) return null;
    const known = seedCorpus().map(({ seed }) => seed);
    const drawn = Array.from({ length: count ?? 0 }, (_, index) => (from ?? 0) + index);
    const seeds = values.seed === undefined ? [...new Set([...known, ...drawn])] : [single ?? 0];
    return { seeds, isSingle: values.seed !== undefined, mutants: withMutants, twice, postgres };
  } catch {
    // What parseArgs has to say about an option stands in the usage.
    return null;
  }
}

async function worldsResult(
  { seeds, isSingle, twice, postgres }: Options,
  openCloud: OpenCloud | undefined,
): Promise<BenchResult> {
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const failed: number[] = [];
  let edgeMs = 0;
  let weighings = 0;
  let excused = 0;
  for (const [index, seed] of seeds.entries()) {
    if (index > 0 && index % PROGRESS_EVERY === 0)
      process.stderr.write(`${index} of ${seeds.length} seeds\n`);
    const outcome = await runPlan(planOf(seed), { openCloud });
    edgeMs += outcome.edgeMs;
    weighings += outcome.weighings;
    excused += outcome.excused;
    if (isSingle) for (const line of outcome.lines) say(line);
    const again = twice ? await runPlan(planOf(seed), { openCloud }) : outcome;
    if (again.logHash !== outcome.logHash) say(`seed ${seed} went another way the second time`);
    if (outcome.offences.length === 0 && again.logHash === outcome.logHash) continue;
    failed.push(seed);
    if (outcome.offences.length > 0) await tellFailure(seed, outcome.offences, openCloud);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const edgeDays = edgeMs / DAY_MS;
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  return {
    name: postgres ? 'sim-postgres' : 'sim',
    value: (seeds.length - failed.length) / seeds.length,
    goal: 1,
    details: [
      `${seeds.length} seeds, ${failed.length} failed${failed.length === 0 ? '' : `: ${failed.join(', ')}`}`,
      `${weighings} weighings reported, ${excused} excused: their only copy was destroyed before the cloud could have it`,
      `${(seeds.length / seconds).toFixed(2)} seeds a second; ${(edgeDays / cpuSeconds).toFixed(2)} days of an edge per CPU second, on real SQLite (${cpus().length} CPUs, shared)`,
      ...(twice ? ['each seed was run twice, and the logs compared by SHA-256'] : []),
    ],
  };
}

/** Everything needed to see it again, and the smallest world that shows the same. */
async function tellFailure(
  seed: number,
  offences: readonly string[],
  openCloud: OpenCloud | undefined,
): Promise<void> {
  say(`seed ${seed} at commit ${commit()} failed; see it again with: npm run sim -- --seed ${seed}`);
  for (const offence of offences) say(`  ${offence}`);
  const kinds = new Set(offences.map(kindOf));
  const fails = async (plan: Plan) => {
    const again = await runPlan(plan, { openCloud });
    return again.offences.some((offence) => kinds.has(kindOf(offence)));
  };
  const smallest = await minimise(planOf(seed), fails);
  const { lines } = await runPlan(smallest, { openCloud });
  say(`  the smallest world that fails alike: ${JSON.stringify(smallest)}`);
  const firstWrong = lines.findIndex((line) => line.includes(' WRONG '));
  say(`  its log, to step ${firstWrong + 1} of ${lines.length}:`);
  for (const line of lines.slice(Math.max(0, firstWrong - MAX_LOG_LINES), firstWrong + 1)) say(`  ${line}`);
}

const kindOf = (offence: string) => offence.split(':', 1)[0];

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // Outside a clone nobody knows.
    return 'unknown';
  }
}

async function mutantsResult({ seeds }: Options): Promise<BenchResult> {
  const details: string[] = [];
  let killed = 0;
  for (const mutant of mutants) {
    const kill = await killOf(mutant, seeds);
    if (kill !== undefined) killed += 1;
    const came = kill === undefined ? 'SURVIVED' : `killed by seed ${kill.seed}: ${kill.offence}`;
    details.push(`${mutant.name} (${mutant.lacks}): ${came}`);
  }
  return { name: 'sim-mutants', value: killed / mutants.length, goal: 1, details };
}

process.exitCode = await main(process.argv.slice(2));
