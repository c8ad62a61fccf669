import type { SessionDesk } from '../weighing/session-desk.ts';
import type { WeighingEntry } from '../weighing/weighing-store.ts';

/**
 * A desk that hands every weighing on to be printed, after it was committed and once: a request that is repeated under
 * its key prints nothing.
 */
export function printingDesk(desk: SessionDesk, print: (entry: WeighingEntry) => void): SessionDesk {
  return {
    ...desk,
    weigh: (request) => {
      const outcome = desk.weigh(request);
      if (outcome.kind === 'recorded' && !outcome.repeated) print(outcome.entry);
      return outcome;
    },
  };
}
