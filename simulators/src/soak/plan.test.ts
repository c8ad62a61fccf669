import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { allDeeds, planOf } from './plan.ts';

const settings = { durationMs: 600_000, agents: 4, everyMs: [5_000, 30_000] } as const;

test('the same seed gives the same plan, another seed another', () => {
  expect(planOf(seededRandom(7), settings)).toEqual(planOf(seededRandom(7), settings));
  expect(planOf(seededRandom(7), settings)).not.toEqual(planOf(seededRandom(8), settings));
});

test('every deed comes before any comes again', () => {
  const plan = planOf(seededRandom(1), { ...settings, durationMs: 3_600_000 });
  const dealt = plan.slice(0, allDeeds.length).map(({ deed }) => JSON.stringify(deed));
  expect(dealt.toSorted()).toEqual(allDeeds.map((deed) => JSON.stringify(deed)).toSorted());
});

test('strikes come in order, within the time, on agents that there are', () => {
  const plan = planOf(seededRandom(3), settings);
  expect(plan.length).toBeGreaterThan(20);
  expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  for (const { atMs, agent } of plan) {
    expect(atMs).toBeLessThan(settings.durationMs);
    expect(agent).toBeLessThan(settings.agents);
  }
});
