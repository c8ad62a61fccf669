import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { fillStore, openProofStore } from '../prove/filled-store.ts';
import { proofFolder, startProvedAgent } from '../prove/proved-agent.ts';
import { openScriptedDeck } from '../prove/scripted-deck.ts';
import { type BenchResult, medianOf } from './result.ts';

const VISITS = 50_000;
const FRAMES = 20;
const ROUNDS = 3;
const LIMIT_MS = 3_000;

/** From `kill -9` of the agent to being ready again, on a journal of 100,000 weighings with their frames. */
export async function benchRestart(): Promise<BenchResult[]> {
  using folder = proofFolder('restart');
  const dataDir = join(folder.path, 'data');
  {
    using store = openProofStore(dataDir);
    store.containerTares.setTare('C-1', 500_000);
    fillStore(store, VISITS, FRAMES);
  }
  await using deck = await openScriptedDeck(systemClock);
  const times: number[] = [];
  let agent = await startProvedAgent({ dataDir, deck }, systemClock);
  for (let round = 0; round < ROUNDS; round += 1) {
    await agent.weigh(`R-${round}`);
    const startedMs = systemClock.monotonicMs();
    await agent.program.kill();
    agent = await startProvedAgent({ dataDir, deck }, systemClock);
    times.push(systemClock.monotonicMs() - startedMs);
  }
  await agent[Symbol.asyncDispose]();
  const readyMs = medianOf(times);
  const details = [`kill -9 to ready with ${2 * VISITS} weighings: ${Math.round(readyMs)} ms`];
  return [{ name: 'restart', value: LIMIT_MS / readyMs, goal: 1, details }];
}
