import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { proofFolder, startProvedAgent } from '../prove/proved-agent.ts';
import { openScriptedDeck } from '../prove/scripted-deck.ts';
import { residentMb } from './resident-mb.ts';
import { type BenchResult, medianOf } from './result.ts';

const LIMIT_MB = 130;
const LIMIT_START_MS = 1_000;
const IDLE_MS = 3_000;
const LOAD_MS = 10_000;
const COLD_STARTS = 3;
/** The service as it is deployed. */
export const unitFile = new URL('../../../deploy/systemd/weighgate-edge.service', import.meta.url);

/** What Node is told by the service in deploy/systemd. `npm run edge` tells it the same. */
export function nodeArgsOf(unit: string): string[] {
  const words = /^ExecStart=\S+ ((?:--\S+ )*)/m.exec(unit)?.[1];
  if (words === undefined) throw new Error('the unit starts nothing');
  return words.trim().split(' ');
}

/**
 * What the agent needs: memory idle and weighing without a pause, and the time of a start on an empty folder of data.
 * As under the service, what Node has compiled is kept for it alone: Node throws away what it compiled under other
 * options, and compiling costs 25 MB. The first start of all is the one that compiles.
 */
export async function benchFootprint(): Promise<BenchResult[]> {
  const nodeArgs = nodeArgsOf(readFileSync(unitFile, 'utf8'));
  using compiled = proofFolder('compiled');
  const under = ['env', `NODE_COMPILE_CACHE=${compiled.path}`];
  await using deck = await openScriptedDeck(systemClock);
  const starts: number[] = [];
  for (let round = 1; round < COLD_STARTS; round += 1) {
    using folder = proofFolder('cold-start');
    const startedMs = systemClock.monotonicMs();
    await using _agent = await startProvedAgent(
      { dataDir: join(folder.path, 'data'), deck, nodeArgs, under },
      systemClock,
    );
    starts.push(systemClock.monotonicMs() - startedMs);
  }
  using folder = proofFolder('footprint');
  const startedMs = systemClock.monotonicMs();
  await using agent = await startProvedAgent(
    { dataDir: join(folder.path, 'data'), deck, nodeArgs, under },
    systemClock,
  );
  starts.push(systemClock.monotonicMs() - startedMs);
  await systemClock.sleep(IDLE_MS);
  const idleMb = residentMb(agent.program.pid);
  let [loadedMb, weighings] = [idleMb, 0];
  const endMs = systemClock.monotonicMs() + LOAD_MS;
  while (systemClock.monotonicMs() < endMs) {
    await agent.weigh(`F-${weighings}`);
    weighings += 1;
    loadedMb = Math.max(loadedMb, residentMb(agent.program.pid));
  }
  const startMs = medianOf(starts);
  return [
    {
      name: 'footprint-memory',
      value: LIMIT_MB / loadedMb,
      goal: 1,
      details: [
        `resident: ${idleMb.toFixed(1)} MB idle, ${loadedMb.toFixed(1)} MB at most over ${weighings} weighings`,
      ],
    },
    {
      name: 'footprint-cold-start',
      value: LIMIT_START_MS / startMs,
      goal: 1,
      details: [
        `start on an empty folder to ready: ${Math.round(startMs)} ms; the first of all: ${Math.round(starts[0] ?? 0)} ms`,
      ],
    },
  ];
}
