import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { InputError, type InputsRead, type ReadInputs } from './input-module.ts';

/**
 * Reads the inputs of a module again and again and tells of every reading, also of one that failed. Ends when `signal`
 * is aborted.
 */
export async function watchInputs(
  read: ReadInputs,
  { everyMs }: { everyMs: number },
  take: (inputs: InputsRead) => void,
  { clock, log }: { clock: Clock; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let wasKnown: boolean | null = null;
  const tell = (levels: readonly boolean[] | null, reason: string | null) => {
    const isKnown = levels !== null;
    if (isKnown !== wasKnown) {
      if (isKnown) log.info('inputs.known');
      else log.warn({ reason }, 'inputs.unknown');
    }
    wasKnown = isKnown;
    take({ levels, reason, atMs: clock.monotonicMs() });
  };
  try {
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      try {
        tell(await read(signal), null);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof InputError)) throw error;
        tell(null, error.message);
      }
      await clock.sleep(Math.max(0, startedMs + everyMs - clock.monotonicMs()), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
