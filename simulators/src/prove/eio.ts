import { join } from 'node:path';
import { databasePath, openDatabaseReadOnly } from '@weighgate/edge-agent/src/store/open-database.ts';
import { verifyStore } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { systemClock } from '@weighgate/protocol';
import { pathOf } from '../component-path.ts';
import { type Claim, outcomeOf } from './claims.ts';
import { diskFault } from './disk-fault.ts';
import { endOf } from './end-of.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';
import { ticketNumbersIn } from './ticket-numbers-in.ts';

const KEY = 'proof-eio-0001';
const TRUCK = 'E-2';
const END_WAIT_MS = 10_000;

/**
 * Lets the disk fail at the flush of a commit. Whether the weighing is stored is then unknown: no ticket is given, the
 * agent ends, and after the start the same request finds the weighing or makes it, once.
 */
export async function proveEio(): Promise<ProofOutcome> {
  if (pathOf('strace') === undefined)
    return { kind: 'missing', what: 'strace is not installed. On Debian: apt-get install strace.' };
  using folder = proofFolder('eio');
  const dataDir = join(folder.path, 'data');
  await using deck = await openScriptedDeck(systemClock);
  const { first, unknown, end } = await failAtCommit(dataDir, deck);

  await using agent = await startProvedAgent({ dataDir, deck }, systemClock);
  await agent.settle(0);
  const found = await agent.tryToWeigh(TRUCK, KEY);
  if ('code' in found) await agent.settle(20_000);
  const answer = 'code' in found ? await agent.tryToWeigh(TRUCK, KEY) : found;
  const again = await agent.tryToWeigh(TRUCK, KEY);
  await agent.settle(0);
  await agent.settle(21_000);
  const second = await agent.tryToWeigh(TRUCK);
  await agent.program.stop();

  const database = openDatabaseReadOnly(dataDir);
  const tickets = ticketNumbersIn(database);
  const rows = database.prepare('SELECT count(*) FROM weighing_sessions WHERE truck = ?').pluck().get(TRUCK);
  database.close();
  const given = 'ticketNo' in answer ? answer.ticketNo : answer.code;
  const claims: Claim[] = [
    [`no ticket is given for a commit that failed (${unknown})`, unknown === 'commit-unknown'],
    [`the agent ends by itself, to start again (code ${end})`, end === 1],
    [
      `the same request finds the weighing, or makes it (${'code' in found ? 'made' : 'found'}, ${given})`,
      tickets.has(given),
    ],
    ['and again the same one', 'ticketNo' in again && again.ticketNo === given],
    ['the truck is inside once', rows === 1 && 'code' in second && second.code === 'session-open'],
    ['tickets are numbered without a gap', tickets.size === 2 && tickets.has(first)],
    ['the journal is intact', verifyStore(dataDir).kind === 'intact'],
  ];
  return outcomeOf('eio', claims);
}

/** Weighs one truck, and the next while every flush of the log fails. */
async function failAtCommit(dataDir: string, deck: Parameters<typeof startProvedAgent>[0]['deck']) {
  await using agent = await startProvedAgent({ dataDir, deck }, systemClock);
  const first = await agent.weigh('E-1');
  await agent.settle(0);
  await agent.settle(20_000);
  await using _broken = await diskFault(
    agent.program.pid,
    'EIO',
    systemClock,
    `${databasePath(dataDir)}-wal`,
  );
  const answer = await agent.tryToWeigh(TRUCK, KEY);
  const end = await endOf(agent.program, END_WAIT_MS, systemClock);
  return { first, unknown: 'code' in answer ? answer.code : answer.ticketNo, end: end?.code ?? 'goes on' };
}
