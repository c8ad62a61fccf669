import { calm, type Plan } from './fault-plan.ts';

/** So often a failing world is run again, at most, to see what it does not need. */
const MAX_RUNS = 40;

/**
 * A smaller plan that fails still: faults are left out one by one, then weather and conduct.
 * @param fails whether a plan fails as the first one did
 */
export async function minimise(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  let runs = 0;
  const tryOut = async (smaller: Plan): Promise<boolean> => {
    if (runs >= MAX_RUNS) return false;
    runs += 1;
    if (!(await fails(smaller))) return false;
    smallest = smaller;
    return true;
  };
  for (let index = plan.faults.length - 1; index >= 0; index -= 1)
    await tryOut({ ...smallest, faults: smallest.faults.toSpliced(index, 1) });
  if (!(await tryOut({ ...smallest, weather: calm }))) {
    for (const what of ['loss', 'duplicate', 'reorder', 'delay'] as const)
      await tryOut({ ...smallest, weather: { ...smallest.weather, [what]: 0 } });
  }
  await tryOut({ ...smallest, conduct: { doublePress: 0, leavesEarly: 0 } });
  return smallest;
}
