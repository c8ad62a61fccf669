import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';

/** Another replica may have revoked: everybody looks this often, well within the 60 s that are promised. */
const LOOK_MS = 10_000;

/** Looks again and again, and at once when told to. Disposing ends it. */
export interface RevocationWatch extends AsyncDisposable {
  lookNow(): void;
}

/**
 * Calls `look` every ten seconds until disposed; a failure is logged and the next look comes all the same.
 * @param look cuts the connections whose certificates are revoked
 */
export function watchRevocations(
  look: () => Promise<void>,
  { clock, log }: { clock: Clock; log: Logger },
): RevocationWatch {
  const stop = new AbortController();
  let wake = new AbortController();

  const watching = (async () => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => log.error({ err: error }, 'revocation.look_failed'));
      const pause = AbortSignal.any([stop.signal, wake.signal]);
      await clock.sleep(LOOK_MS, pause).catch((error: unknown) => {
        if (!pause.aborted) throw error;
      });
      wake = new AbortController();
    }
  })();

  return {
    lookNow: () => wake.abort(),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
}
