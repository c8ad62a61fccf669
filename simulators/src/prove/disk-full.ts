import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabaseReadOnly } from '@weighgate/edge-agent/src/store/open-database.ts';
import { verifyStore } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { systemClock } from '@weighgate/protocol';
import { mayMount, mountMemoryDisk } from '../small-disk.ts';
import { type Claim, outcomeOf } from './claims.ts';
import type { ProofOutcome } from './proof.ts';
import { type ProvedAgent, proofFolder, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';
import { ticketNumbersIn } from './ticket-numbers-in.ts';

const MIB = 1024 * 1024;
const DISK_MIB = 16;
const BALLAST_MIB = 2;
/** The agent makes its ballast at its first look at the disk, ten seconds after the start. */
const BALLAST_WAIT_MS = 12_000;
const REFUSAL_WAIT_MS = 15_000;

/**
 * Fills the disk under the running agent: the weighing at hand is finished with the room of the ballast, the next is
 * refused before a truck is let on, what was answered is all there, and the journal can be read.
 */
export async function proveDiskFull(): Promise<ProofOutcome> {
  using folder = proofFolder('diskfull');
  if (!mayMount())
    return { kind: 'missing', what: 'a small disk has to be mounted, which takes root and tmpfs.' };
  using disk = mountMemoryDisk(join(folder.path, 'disk'), DISK_MIB);
  return outcomeOf('diskfull', await fillDisk(disk.path));
}

async function fillDisk(disk: string): Promise<Claim[]> {
  const dataDir = join(disk, 'data');
  const answered = new Set<string>();
  await using deck = await openScriptedDeck(systemClock);
  const config = { storage: { refuseBelowMiB: 1, ballastMiB: BALLAST_MIB } };
  let finished = false;
  let refusal = '';
  {
    await using agent = await startProvedAgent({ dataDir, deck, config }, systemClock);
    answered.add(await agent.weigh('D-1'));
    await systemClock.sleep(BALLAST_WAIT_MS);
    // Full to the last block, at once: the guard has not looked since.
    fill(join(disk, 'filler'), disk);
    answered.add(await agent.weigh('D-2'));
    finished = true;
    fill(join(disk, 'filler-2'), disk);
    refusal = await untilRefused(agent);
  }
  const verdict = verifyStore(dataDir);
  const database = openDatabaseReadOnly(dataDir);
  const missing = answered.difference(ticketNumbersIn(database));
  database.close();
  return [
    ['the weighing at hand is finished on a full disk', finished],
    [`the next one is refused before it begins (${refusal})`, refusal === 'storage-low'],
    ['every weighing that was answered is there', missing.size === 0],
    ['the journal is intact and can be read', verdict.kind === 'intact'],
  ];
}

function fill(file: string, disk: string): void {
  const { bavail, bsize } = statfsSync(disk);
  if (bavail > 0) writeFileSync(file, Buffer.alloc(Math.min(bavail * bsize, DISK_MIB * MIB)));
}

async function untilRefused(agent: ProvedAgent): Promise<string> {
  const deadlineMs = systemClock.monotonicMs() + REFUSAL_WAIT_MS;
  for (;;) {
    const answer = await agent.tryToWeigh('D-3');
    if ('code' in answer && (answer.code === 'storage-low' || systemClock.monotonicMs() > deadlineMs))
      return answer.code;
    if ('ticketNo' in answer) return `weighed as ${answer.ticketNo}`;
    await systemClock.sleep(500);
  }
}
