import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { EmbeddedPostgresError } from './postgres-binaries.ts';

const POLL_MS = 20;
const STOP_TIMEOUT_MS = 10_000;

/** Command line of a live process; undefined when there is none. Linux only: elsewhere nothing is ever claimed ours. */
function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Stops the server that a killed process of ours left behind on this data folder, and waits until it is gone.
 * A pid that names another program is left alone: PostgreSQL itself then drops the stale lock file.
 * @throws EmbeddedPostgresError when it does not stop in time
 */
export async function stopAbandonedPostgres(clusterFolder: string, clock: Clock, log: Logger): Promise<void> {
  const pidFile = join(clusterFolder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
  const isOurs = () => commandLineOf(pid)?.includes(clusterFolder) === true;
  if (!Number.isSafeInteger(pid) || pid <= 1 || !isOurs()) return;
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
