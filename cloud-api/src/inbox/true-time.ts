import { type EntryTime, MAX_WALL_MS } from '@weighgate/protocol';

/** What a HELLO tied together: one moment of a boot on the device's monotonic clock and on ours. */
export interface BootMoment {
  monoMs: number;
  /** Our wall clock when the HELLO came. */
  trueMs: number;
}

/**
 * When an entry was made, by our clock: as long before (or after) the HELLO of the same boot as the device's monotonic
 * clock says. The clock of the wall has no part in it. As good as the way of the HELLO was short and the monotonic clock
 * runs true: 50 ppm are 4 s in a day.
 * @param moments by boot id
 * @returns milliseconds since 1970; null when the boot never greeted, or the sum is no date
 */
export function trueTimeOf(at: EntryTime, moments: ReadonlyMap<string, BootMoment>): number | null {
  const moment = moments.get(at.bootId);
  if (moment === undefined) return null;
  const trueMs = Math.round(moment.trueMs - (moment.monoMs - at.monoMs));
  return trueMs >= 0 && trueMs <= MAX_WALL_MS ? trueMs : null;
}
