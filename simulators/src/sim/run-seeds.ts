import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../random.ts';
import { drawPlan, type Plan } from './fault-plan.ts';
import { memoryCloud } from './memory-cloud.ts';
import type { Mutant } from './mutants.ts';
import { type OpenCloud, runWorld, type WorldOutcome } from './world.ts';

/** A file system in memory, where there is one: the disks of a simulation need not outlive it. */
const simulationFolder = join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weighgate-sim');

export const planOf = (seed: number): Plan => drawPlan(seed, seededRandom(seed));

/** Runs the world of a plan; on tables in memory, unless another cloud is given. */
export function runPlan(
  plan: Plan,
  {
    mutant,
    openCloud = memoryCloud,
  }: { mutant?: Mutant | undefined; openCloud?: OpenCloud | undefined } = {},
): Promise<WorldOutcome> {
  return runWorld(plan, { openCloud, mutant, folder: simulationFolder });
}

/** What killed a mutant, and at which seed; undefined when it survived them all. */
export async function killOf(
  mutant: Mutant,
  seeds: Iterable<number>,
): Promise<{ seed: number; offence: string } | undefined> {
  for (const seed of seeds) {
    const { offences } = await runPlan(planOf(seed), { mutant });
    const offence = offences.find((one) => mutant.killedBy.test(one));
    if (offence !== undefined) return { seed, offence };
  }
  return undefined;
}
