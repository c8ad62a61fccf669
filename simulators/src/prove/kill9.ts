import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabaseReadOnly } from '@weighgate/edge-agent/src/store/open-database.ts';
import { verifyStore } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { systemClock } from '@weighgate/protocol';
import { seededRandom } from '../random.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';
import { ticketNumbersIn } from './ticket-numbers-in.ts';

/** A truck stands for 0.4 s before its weight is taken: some kills come before, some in the middle, some between two. */
const KILLED_AFTER_MS = [50, 2_000] as const;
/** Weighings answered for each kill. */
const MIN_ANSWERED = 0.5;

/**
 * Kills the agent at any moment, again and again: every weighing that was answered is there, once, and the journal is
 * intact. It tries the recovery and nothing else: a killed process leaves what it wrote to the operating system.
 */
export async function proveKill9(args: string[]): Promise<ProofOutcome> {
  const { values } = parseArgs({
    args,
    options: { cycles: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
  });
  const cycles = Number(values.cycles);
  const random = seededRandom(Number(values.seed));
  using folder = proofFolder('kill9');
  const dataDir = join(folder.path, 'data');
  await using deck = await openScriptedDeck(systemClock);
  const answered = new Set<string>();
  const faults: string[] = [];
  let sound = 0;
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const agent = await startProvedAgent({ dataDir, deck }, systemClock);
    const killed = systemClock.sleep(random.whole(...KILLED_AFTER_MS)).then(() => agent.program.kill());
    try {
      for (let truck = 0; ; truck += 1) answered.add(await agent.weigh(`K-${cycle}-${truck}`));
    } catch {
      // The agent is gone in the middle of a question, as it should be.
    }
    await killed;
    const fault = faultIn(dataDir, answered);
    if (fault === null) sound += 1;
    else faults.push(`cycle ${cycle}: ${fault}`);
  }
  // Kills between which hardly anything was answered would prove nothing.
  const isTried = answered.size >= cycles * MIN_ANSWERED;
  const least = `at least ${cycles * MIN_ANSWERED} are needed for the proof to say anything`;
  const details = [
    `${answered.size} weighings answered over ${cycles} kills; ${least}`,
    ...faults.slice(0, 20),
  ];
  return {
    kind: 'tried',
    results: [{ name: 'kill9', value: isTried ? sound / cycles : 0, goal: 1, details }],
  };
}

function faultIn(dataDir: string, answered: ReadonlySet<string>): string | null {
  const verdict = verifyStore(dataDir);
  if (verdict.kind === 'broken') return `broken at entry ${verdict.brokenAtSeq}: ${verdict.detail}`;
  const database = openDatabaseReadOnly(dataDir);
  try {
    const missing = answered.difference(ticketNumbersIn(database));
    return missing.size === 0 ? null : `${missing.size} answered weighings are not there`;
  } finally {
    database.close();
  }
}
