import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Clock } from '@weighgate/protocol';
import { pathOf } from '../component-path.ts';

/** A disk that does not do as it is told, for as long as this is held. */
export type DiskFault = AsyncDisposable;

/** `EIO`: every flush fails. `ENOSPC`: every write finds the disk full. A number: every flush takes so many ms longer. */
export type DiskFaultKind = 'EIO' | 'ENOSPC' | number;

const ATTACH_TIMEOUT_MS = 5_000;
const LOOK_MS = 10;

/**
 * Makes every flush or write of a running program fail or drag, by strace.
 * @param file only those of this file; every one where it is left out
 * @throws Error when the program cannot be traced
 */
export async function diskFault(
  pid: number,
  kind: DiskFaultKind,
  clock: Clock,
  file?: string,
): Promise<DiskFault> {
  const strace = pathOf('strace');
  if (strace === undefined) throw new Error('strace is not installed');
  const only = file === undefined ? [] : ['-P', file];
  const args = ['-f', '-qq', '-p', String(pid), ...only, '-e', `inject=${injectionOf(kind)}`];
  const tracer = spawn(strace, [...args, '-o', '/dev/null'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  tracer.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-1_000);
  });
  const ended = once(tracer, 'close');
  const deadlineMs = clock.monotonicMs() + ATTACH_TIMEOUT_MS;
  while (!isTracedBy(pid, tracer.pid)) {
    if (tracer.exitCode !== null || clock.monotonicMs() > deadlineMs) {
      tracer.kill('SIGKILL');
      throw new Error(`strace cannot trace process ${pid}: ${words.trim()}`);
    }
    await clock.sleep(LOOK_MS);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      // It lets go of the program and ends; when the program is gone it has ended already.
      tracer.kill('SIGTERM');
      await ended;
    },
  };
}

function injectionOf(kind: DiskFaultKind): string {
  if (kind === 'ENOSPC') return 'pwrite64,write,fallocate,ftruncate:error=ENOSPC';
  return `fsync,fdatasync:${kind === 'EIO' ? 'error=EIO' : `delay_exit=${kind * 1000}`}`;
}

/** Whether strace holds the main thread, the one that flushes. */
function isTracedBy(pid: number, tracerPid: number | undefined): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^TracerPid:\t(\d+)$/m.exec(status)?.[1] === String(tracerPid);
  } catch {
    // Gone meanwhile: strace says so and ends.
    return false;
  }
}
