import { describe, expect } from 'vitest';
import { testRequiring } from '../required-component.ts';
import { proveEio } from './eio.ts';
import { proveEnospc } from './enospc.ts';
import { proveInodes } from './inodes.ts';
import type { Proof } from './proof.ts';
import { proveReadOnly } from './read-only.ts';
import { proveSlowDisk } from './slow-disk.ts';

async function expectProven(proof: Proof): Promise<void> {
  const outcome = await proof([]);
  if (outcome.kind === 'missing') throw new Error(outcome.what);
  for (const { value, goal, details } of outcome.results)
    expect(value, details.join('\n')).toBeGreaterThanOrEqual(goal);
}

describe('the disk', { timeout: 60_000 }, () => {
  testRequiring('strace')(
    'that fails at a commit: no ticket, the agent ends, and after the start the weighing is there once (B06)',
    () => expectProven(proveEio),
  );

  testRequiring('strace')(
    'that is full at a commit: the ballast is given up, a weighing refused cleanly, and the agent goes on (B07)',
    () => expectProven(proveEnospc),
  );

  testRequiring('strace')(
    'that is half a second slow: a ticket waits for its flush, the live view for no more than that (B25)',
    () => expectProven(proveSlowDisk),
  );

  // Each waits for the agent to look at its disk, every ten seconds: together they wait once.
  testRequiring('leave to mount')(
    'without a free name, or read-only: seen within ten seconds, nothing weighed, the last tickets shown (B09, B10)',
    async () => {
      await Promise.all([expectProven(proveInodes), expectProven(proveReadOnly)]);
    },
  );
});
