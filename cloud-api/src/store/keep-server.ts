import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { type ServerProcess, stopServer } from './postgres-process.ts';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;

/** A server that is started again when it dies. Disposing stops it for good. */
export interface KeptServer extends AsyncDisposable {
  /** Process id of the last one that was ready. */
  pid(): number;
}

/**
 * Keeps a server running: when it dies, the next is started after a growing pause, for as long as it takes. Meanwhile nobody
 * is answered by it, and so nothing is acknowledged.
 * @param start resolves when the server answers; rejects when it does not come up, and leaves no process behind
 * @throws what the first start throws
 */
export async function keepServer(
  start: () => Promise<ServerProcess>,
  { clock, log }: { clock: Clock; log: Logger },
): Promise<KeptServer> {
  const stopping = new AbortController();
  let server = await start();

  async function startAgain(): Promise<ServerProcess | undefined> {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
      await clock.sleep(pauseMs, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return undefined;
      try {
        return await start();
      } catch (error) {
        log.error({ err: error, failures: failures + 1 }, 'postgres.not_started_again');
      }
    }
    return undefined;
  }

  async function keep(): Promise<void> {
    for (;;) {
      await server.ended;
      if (stopping.signal.aborted) return;
      log.error({ pid: server.child.pid, lastLines: server.lastLines }, 'postgres.died');
      const next = await startAgain();
      if (next === undefined) return;
      server = next;
      if (stopping.signal.aborted) return;
    }
  }

  const keeping = keep();
  return {
    pid: () => server.child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await stopServer(server, clock, log);
      await keeping;
      // One that was just coming up when the stop came.
      await stopServer(server, clock, log);
    },
  };
}
