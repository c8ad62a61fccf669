import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databasePath, openDatabaseReadOnly } from '@weighgate/edge-agent/src/store/open-database.ts';
import { verifyStore } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { systemClock } from '@weighgate/protocol';
import { pathOf } from '../component-path.ts';
import { type Claim, outcomeOf } from './claims.ts';
import { diskFault } from './disk-fault.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';
import { ticketNumbersIn } from './ticket-numbers-in.ts';

/**
 * Lets the disk be full at the very write of a commit. It is certain then that nothing was stored: the ballast is given
 * up for another try, the weighing is refused cleanly when that fails too, and the agent goes on.
 */
export async function proveEnospc(): Promise<ProofOutcome> {
  if (pathOf('strace') === undefined)
    return { kind: 'missing', what: 'strace is not installed. On Debian: apt-get install strace.' };
  using folder = proofFolder('enospc');
  const dataDir = join(folder.path, 'data');
  const ballast = join(dataDir, 'ballast');
  await using deck = await openScriptedDeck(systemClock);
  const answers: string[] = [];
  let givenUp = false;
  {
    await using agent = await startProvedAgent({ dataDir, deck }, systemClock);
    const first = await agent.weigh('F-1');
    writeFileSync(ballast, 'room for one more');
    await agent.settle(0);
    await agent.settle(20_000);
    {
      await using _full = await diskFault(
        agent.program.pid,
        'ENOSPC',
        systemClock,
        `${databasePath(dataDir)}-wal`,
      );
      const refused = await agent.tryToWeigh('F-2');
      answers.push('code' in refused ? refused.code : refused.ticketNo);
      givenUp = !existsSync(ballast);
    }
    const stored = await agent.tryToWeigh('F-2');
    answers.push(first, 'code' in stored ? stored.code : stored.ticketNo);
    await agent.program.stop();
  }
  const database = openDatabaseReadOnly(dataDir);
  const tickets = ticketNumbersIn(database);
  database.close();
  const [refusal = '', first = '', second = ''] = answers;
  const claims: Claim[] = [
    ['the ballast is given up for another try', givenUp],
    [`a weighing that finds no room is refused (${refusal})`, refusal === 'store-full'],
    [`the same agent stores it when there is room again (${second})`, tickets.has(second)],
    [
      'nothing of the refused one was stored, and no number was used up',
      tickets.size === 2 && Number(second.slice(-6)) === Number(first.slice(-6)) + 1,
    ],
    ['the journal is intact', verifyStore(dataDir).kind === 'intact'],
  ];
  return outcomeOf('enospc', claims);
}
