import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { EmbeddedPostgresError } from './postgres-binaries.ts';

const POLL_MS = 20;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Makes a data folder free to start on: stops the server that a killed process of ours left behind, and waits until it
 * is gone. After a power cut the lock file may name a process that has nothing to do with us; that one is left alone,
 * and the lock file goes when no process works in the folder.
 * @throws EmbeddedPostgresError when the server left behind does not stop in time
 */
export async function stopAbandonedPostgres(clusterFolder: string, clock: Clock, log: Logger): Promise<void> {
  const pidFile = join(clusterFolder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  const isOurs = () => commandLineOf(pid)?.includes(clusterFolder) === true;
  if (!isOurs()) {
    if (isWorkedIn(clusterFolder)) return;
    rmSync(pidFile, { force: true });
    log.warn({ pid }, 'postgres.stale_lock_removed');
    return;
  }
  log.warn({ pid }, 'postgres.abandoned_found');
  process.kill(pid, 'SIGINT');
  const deadline = clock.monotonicMs() + STOP_TIMEOUT_MS;
  while (isOurs()) {
    if (clock.monotonicMs() > deadline) {
      throw new EmbeddedPostgresError(
        `a PostgreSQL server (process ${pid}) from an earlier run still holds ${clusterFolder} and does not stop; stop it by hand`,
      );
    }
    await clock.sleep(POLL_MS);
  }
  log.info({ pid }, 'postgres.abandoned_stopped');
}

const hasProc = () => existsSync('/proc/self/cmdline');

/** Command line of a live process; undefined when there is none. */
function commandLineOf(pid: number): string | undefined {
  if (!hasProc()) {
    const ps = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', timeout: 5_000 });
    return ps.status === 0 ? ps.stdout : undefined;
  }
  return readOrUndefined(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
}

/** Whether a process has the folder as its own, as every process of a PostgreSQL server does. Unknown counts as yes. */
function isWorkedIn(folder: string): boolean {
  if (!hasProc()) return true;
  const place = realpathSync(folder);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => readOrUndefined(() => readlinkSync(`/proc/${pid}/cwd`)) === place);
}

/** A process may end, or be another user's, between two looks at it. */
function readOrUndefined(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
