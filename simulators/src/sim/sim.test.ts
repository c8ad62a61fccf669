import { expect, test } from 'vitest';
import { calm, type Plan } from './fault-plan.ts';
import { minimise } from './minimise.ts';
import { mutants } from './mutants.ts';
import { killOf, planOf, runPlan } from './run-seeds.ts';
import { seedCorpus } from './seed-corpus.ts';

const SEEDS = 2;
const minute = 60_000;

test('no weighing is lost or doubled in worlds of drawn faults, nor in those that ever failed', async () => {
  const known = seedCorpus().map(({ seed }) => seed);
  const drawn = Array.from({ length: SEEDS }, (_, index) => index + 1);
  for (const seed of new Set([...known, ...drawn])) {
    const outcome = await runPlan(planOf(seed));
    expect({ seed, offences: outcome.offences }).toEqual({ seed, offences: [] });
    expect(outcome.weighings).toBeGreaterThan(0);
  }
}, 60_000);

test('the same seed gives the same world, to the last line of its log', async () => {
  const plan = { ...planOf(29), edges: 1, chaosMs: 10 * minute };
  const [first, second] = [await runPlan(plan), await runPlan(plan)];
  expect(second.lines).toEqual(first.lines);
  expect(second.logHash).toBe(first.logHash);
  expect((await runPlan({ ...plan, seed: 30 })).logHash).not.toBe(first.logHash);
}, 60_000);

/** A world in which nothing goes wrong but these faults. */
const worldWith = (faults: Plan['faults']): Plan => ({
  seed: 1,
  edges: 1,
  personality: 'mosquitto',
  chaosMs: 20 * minute,
  trucksEveryMs: minute,
  weather: calm,
  conduct: { doublePress: 0, leavesEarly: 0 },
  faults,
});

test('the checks see a loss: an edge that deletes what was acknowledged, and a cloud restored from its backup', async () => {
  const plan = worldWith([
    { atMs: 5 * minute, kind: 'cloud_backup' },
    { atMs: 15 * minute, kind: 'cloud_restored', downMs: 1_000 },
  ]);
  expect((await runPlan(plan)).offences).toEqual([]);
  const mutant = mutants.find(({ name }) => name === 'E');
  expect((await runPlan(plan, { mutant })).offences.join()).toContain('I1: weighing');
}, 60_000);

test('what a wiped disk takes before the cloud could have it is excused, and nothing else is', async () => {
  const wiped = { atMs: 15 * minute, kind: 'disk_wiped', edge: 0 } as const;
  const cutOff = { atMs: 5 * minute, kind: 'cut_off', edge: 0, forMs: 30 * minute } as const;
  expect(await runPlan(worldWith([wiped]))).toMatchObject({ offences: [], excused: 0 });
  const unlucky = await runPlan(worldWith([cutOff, wiped]));
  expect(unlucky.offences).toEqual([]);
  expect(unlucky.excused).toBeGreaterThan(0);
}, 60_000);

test('a cloud that acknowledges before its commit is found out', async () => {
  const mutant = mutants.find(({ name }) => name === 'ack-before-commit');
  expect(mutant).toBeDefined();
  if (mutant !== undefined) expect(await killOf(mutant, [1])).toMatchObject({ seed: 1 });
}, 60_000);

test('the smallest world that fails keeps only the faults that it needs', async () => {
  const plan = planOf(29);
  const [needed] = plan.faults;
  const fails = (smaller: Plan) => Promise.resolve(smaller.faults.some((fault) => fault === needed));
  const smallest = await minimise(plan, fails);
  expect(smallest.faults).toEqual([needed]);
  expect(smallest.weather).toEqual(calm);
});
