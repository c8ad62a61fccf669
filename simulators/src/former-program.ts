import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';

/** Longer than any of our programs takes to stop. */
const FORMER_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

const noteSchema = z.strictObject({ pid: z.int().min(2), args: z.array(z.string()) });

/** Leaves word of a process that was started, for {@link untilFormerEnded}. */
export function noteProgram(pidFile: string, program: { pid: number; args: readonly string[] }): void {
  writeFileSync(pidFile, `${JSON.stringify(program)}\n`);
}

/**
 * Waits until the process of an earlier run has ended, 10 s at most. A supervisor that was killed leaves programs that
 * are still stopping, and their ports and files are not free yet. An id that names another program by now is not waited
 * for. On Linux only: elsewhere nothing is known of another process's arguments, and nothing is waited for.
 */
export async function untilFormerEnded(pidFile: string, clock: Clock): Promise<void> {
  const former = readNote(pidFile);
  if (former === undefined) return;
  const deadlineMs = clock.monotonicMs() + FORMER_TIMEOUT_MS;
  while (isRunning(former) && clock.monotonicMs() < deadlineMs) await clock.sleep(POLL_MS);
}

function readNote(pidFile: string): z.infer<typeof noteSchema> | undefined {
  if (!existsSync(pidFile)) return undefined;
  try {
    return noteSchema.parse(JSON.parse(readFileSync(pidFile, 'utf8')));
  } catch {
    // Cut short by whatever ended its writer: there is nobody to wait for that could be told from others.
    return undefined;
  }
}

function isRunning({ pid, args }: z.infer<typeof noteSchema>): boolean {
  try {
    const started = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1, -1);
    return started.join('\0') === args.join('\0');
  } catch {
    return false;
  }
}
