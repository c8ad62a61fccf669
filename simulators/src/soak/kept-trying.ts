import type { Clock } from '@weighgate/protocol';
import { ApiError } from '../demo/api-client.ts';
import { ProgramError } from '../program.ts';

const TRIES = 8;
const PAUSE_MS = 2_000;

/** Starts a program as its supervisor does: again when it does not come up, because the world around it is being broken. */
export async function keptTrying<T>(start: () => Promise<T>, clock: Clock): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      const mayPass = error instanceof ProgramError || error instanceof ApiError;
      if (!mayPass || tries === TRIES) throw error;
      await clock.sleep(PAUSE_MS);
    }
  }
}
