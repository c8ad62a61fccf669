import { execFileSync } from 'node:child_process';
import type { Clock } from '@weighgate/protocol';

const POLL_MS = 20;

/** Every process that a process has started, and those that they have. */
export function descendantsOf(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const line of execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')) {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    if (child === undefined || parent === undefined) continue;
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), child]);
  }
  const found: number[] = [];
  const look = (parent: number) => {
    for (const child of childrenOf.get(parent) ?? []) {
      found.push(child);
      look(child);
    }
  };
  look(pid);
  return found;
}

/** Whether there is such a process; one that has ended and was not waited for by its parent counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return !state.trim().startsWith('Z');
  } catch {
    return false;
  }
}

/** @returns whether all of the processes were gone before `timeoutMs` had passed */
export async function untilGone(pids: readonly number[], timeoutMs: number, clock: Clock): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  while (pids.some(isAlive)) {
    if (clock.monotonicMs() > deadlineMs) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}
