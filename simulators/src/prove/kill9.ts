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
    const killed = systemClock.sleep(random.whole(50, 600)).then(() => agent.program.kill());
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
  const details = [`${answered.size} weighings answered over ${cycles} kills`, ...faults.slice(0, 20)];
  return { kind: 'tried', results: [{ name: 'kill9', value: sound / cycles, goal: 1, details }] };
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
