import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Logger } from 'pino';

/** Clocks that are kept right differ by less. */
const ALARM_MS = 5 * 60_000;

/**
 * Compares the clock of the cloud with ours, for each time that the cloud says now. Ours is never set by it: one of the
 * two is wrong, and nobody here knows which. More than five minutes between them is an alarm, once until they agree again.
 */
export function cloudClock({ clock, log }: { clock: Clock; log: Logger }): (serverTime: string) => void {
  let disagrees = false;
  return (serverTime) => {
    const hereMs = clock.now();
    const aheadMs = Date.parse(serverTime) - hereMs;
    const did = disagrees;
    disagrees = Math.abs(aheadMs) > ALARM_MS;
    const both = { cloud: serverTime, here: isoInstant(hereMs), aheadMs };
    if (disagrees && !did) log.error(both, 'clock.disagrees');
    if (!disagrees && did) log.info(both, 'clock.agrees');
  };
}
