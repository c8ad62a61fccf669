import { randomBytes } from 'node:crypto';
import { idMaker, systemClock } from '@weighgate/protocol';
import { startCloud } from './cloud.ts';
import { readCommandLine } from './command-line.ts';
import { exitCodeOf } from './exit-code.ts';
import { openMaskedLog } from './masked-log.ts';

/**
 * Runs the cloud until it is told to stop.
 * @returns the exit code
 */
export async function serve(args: readonly string[]): Promise<number> {
  const unwanted = new AbortController();
  try {
    const { config, stopWithStdin } = readCommandLine(args, process.env);
    // Listening for the signals comes first: one that arrives while starting must stop us in order, too.
    const stop = untilStopped(stopWithStdin).finally(() => unwanted.abort());
    const log = openMaskedLog(config.logLevel);
    const parts = { clock: systemClock, makeId: idMaker(systemClock), log, chance: Math.random, randomBytes };
    {
      await using cloud = await startCloud(config, parts, unwanted.signal);
      const { url, mqttUrl, enrolUrl, databaseKind, port } = cloud;
      log.info({ url, mqttUrl, enrolUrl, databaseKind, port }, 'cloud.ready');
      const reason = await stop;
      log.info({ reason }, 'cloud.stopping');
      // Somebody who restarts replicas sends SIGTERM; a person at the keyboard does not wait for balancers.
      if (reason === 'SIGTERM') await cloud.drain();
      // Open, it would keep a process alive that was stopped by a signal.
      if (stopWithStdin) process.stdin.destroy();
    }
    log.info('cloud.stopped');
    return 0;
  } catch (error) {
    // Told to stop while it came up: what had started is stopped again.
    if (unwanted.signal.aborted && error === unwanted.signal.reason) return 0;
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    return code;
  }
}

/** Resolves with the reason when a signal comes, or when standard input ends and that was asked for. */
function untilStopped(stopWithStdin: boolean): Promise<string> {
  return new Promise((stop) => {
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    if (stopWithStdin) process.stdin.once('end', () => stop('stdin ended')).resume();
  });
}

if (import.meta.main) process.exitCode = await serve(process.argv.slice(2));
