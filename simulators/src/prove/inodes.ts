import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyStore } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { systemClock } from '@weighgate/protocol';
import { z } from 'zod';
import { mayMount, mountMemoryDisk } from '../small-disk.ts';
import { type Claim, outcomeOf } from './claims.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder, startProvedAgent } from './proved-agent.ts';
import { openScriptedDeck } from './scripted-deck.ts';

const DISK_MIB = 64;
const NAMES = 500;
/** The guard looks every ten seconds. */
const NOTICE_MS = 12_000;
const POLL_MS = 200;

const healthSchema = z.looseObject({ status: z.string(), storage: z.string() });
const openSchema = z.looseObject({ sessions: z.array(z.looseObject({ truck: z.string().nullable() })) });

/** Takes every free name of a disk under the running agent: no file can be made there, however much room is left. */
export async function proveInodes(): Promise<ProofOutcome> {
  if (!mayMount()) return { kind: 'missing', what: 'a disk has to be mounted, which takes root and tmpfs.' };
  using folder = proofFolder('inodes');
  using disk = mountMemoryDisk(join(folder.path, 'disk'), DISK_MIB, NAMES);
  const dataDir = join(disk.path, 'data');
  await using deck = await openScriptedDeck(systemClock);
  await using agent = await startProvedAgent({ dataDir, deck }, systemClock);
  await agent.weigh('I-1');
  const names = takeAllNames(disk.path);
  const finished = await agent.weigh('I-2').then(
    () => true,
    () => false,
  );
  await agent.settle(0);
  await agent.settle(20_000);
  const deadlineMs = systemClock.monotonicMs() + NOTICE_MS;
  const health = () => agent.api.need(healthSchema, { path: '/api/weight/health' });
  let seen = await health();
  while (seen.storage !== 'low' && systemClock.monotonicMs() < deadlineMs) {
    await systemClock.sleep(POLL_MS);
    seen = await health();
  }
  const refused = await agent.tryToWeigh('I-3');
  const { sessions } = await agent.api.need(openSchema, { path: '/api/weight/sessions/open' });
  await agent.program.stop();
  const claims: Claim[] = [
    [`${names} files use up every name of the disk`, names > 0],
    ['the weighing at hand is finished', finished],
    [`it is seen within 12 s, and told (${seen.status}, ${seen.storage})`, seen.storage === 'low'],
    [
      `the next weighing is refused before it begins (${'code' in refused ? refused.code : 'weighed'})`,
      'code' in refused && refused.code === 'storage-low',
    ],
    ['what is stored is still read', sessions.map(({ truck }) => truck).join() === 'I-1,I-2'],
    ['the journal is intact', verifyStore(dataDir).kind === 'intact'],
  ];
  return outcomeOf('inodes', claims);
}

/** @returns how many files it took */
function takeAllNames(folder: string): number {
  for (let count = 0; count <= NAMES; count += 1) {
    try {
      writeFileSync(join(folder, `file-${count}`), '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return count;
      throw error;
    }
  }
  throw new Error(`a disk of ${NAMES} names took more`);
}
