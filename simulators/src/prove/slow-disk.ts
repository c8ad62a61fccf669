import { join } from 'node:path';
import { verifyStore } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { systemClock } from '@weighgate/protocol';
import { pathOf } from '../component-path.ts';
import { type Claim, outcomeOf } from './claims.ts';
import { diskFault } from './disk-fault.ts';
import type { ProofOutcome } from './proof.ts';
import { type ProvedAgent, proofFolder, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';

const DELAY_MS = 500;
const TRUCKS = 4;
/** For as long a reading counts as the present weight: one flush, a look of the live view, and a busy machine. */
const LONGEST_GAP_MS = 1_000;

/**
 * Makes every flush of the disk take half a second longer: a ticket is given after the flush and never before, and the
 * live view stands still for no longer than the one flush of a weighing.
 */
export async function proveSlowDisk(): Promise<ProofOutcome> {
  if (pathOf('strace') === undefined)
    return { kind: 'missing', what: 'strace is not installed. On Debian: apt-get install strace.' };
  using folder = proofFolder('slowdisk');
  const dataDir = join(folder.path, 'data');
  await using deck = await openScriptedDeck(systemClock);
  await using agent = await startProvedAgent({ dataDir, deck }, systemClock);
  await agent.weigh('S-0');
  const stop = new AbortController();
  const gaps = liveGaps(agent, stop.signal);
  const answersMs: number[] = [];
  {
    await using _slow = await diskFault(agent.program.pid, DELAY_MS, systemClock);
    for (let truck = 1; truck <= TRUCKS; truck += 1) {
      await agent.settle(0);
      await agent.settle(20_000 + 20 * truck);
      const askedMs = systemClock.monotonicMs();
      const answer = await agent.tryToWeigh(`S-${truck}`);
      if ('code' in answer) throw new Error(`S-${truck} was refused: ${answer.code}`);
      answersMs.push(systemClock.monotonicMs() - askedMs);
    }
  }
  stop.abort();
  const longestMs = Math.max(...(await gaps));
  await agent.program.stop();
  const claims: Claim[] = [
    [
      `a ticket waits for its flush (${answersMs.map(Math.round).join(', ')} ms)`,
      Math.min(...answersMs) >= DELAY_MS,
    ],
    [
      `the live view is never still for longer than ${LONGEST_GAP_MS} ms (${Math.round(longestMs)} ms)`,
      longestMs <= LONGEST_GAP_MS,
    ],
    ['the journal is intact', verifyStore(dataDir).kind === 'intact'],
  ];
  return outcomeOf('slowdisk', claims);
}

/** The times between what the live view shows, in ms, until the signal. */
async function liveGaps({ api }: ProvedAgent, signal: AbortSignal): Promise<number[]> {
  const gaps: number[] = [];
  let lastMs: number | null = null;
  try {
    for await (const _view of api.events('/api/weight/live', signal)) {
      const nowMs = systemClock.monotonicMs();
      if (lastMs !== null) gaps.push(nowMs - lastMs);
      lastMs = nowMs;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return gaps;
}
