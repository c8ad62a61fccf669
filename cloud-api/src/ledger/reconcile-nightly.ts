import type { Clock, MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Db } from '../store/database.ts';
import { reconcile } from './reconcile.ts';

/** A night is due from this hour on, where the site is. */
const DUE_HOUR = 2;
const LOOK_MS = 600_000;

export interface NightlyParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  log: Logger;
  /** IANA name of the zone that nights are in. */
  timeZone: string;
}

/** The night that is due at an instant, as `yyyy-mm-dd`; undefined before its hour. */
export function dueNightAt(atMs: number, timeZone: string): string | undefined {
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
    atMs,
  );
  const [date, time = ''] = local.split(' ');
  return Number(time.slice(0, 2)) >= DUE_HOUR ? date : undefined;
}

/**
 * Reconciles once a night: looks every ten minutes whether the night of today has been done, by this program or by another
 * replica. A failure is logged and tried again at the next look. Disposing ends it.
 */
export function startReconcilingNightly(parts: NightlyParts): AsyncDisposable {
  const { clock, log } = parts;
  const stop = new AbortController();
  const looking = (async () => {
    while (!stop.signal.aborted) {
      await reconcileIfDue(parts).catch((error: unknown) =>
        log.error({ err: error }, 'reconciliation.failed'),
      );
      await clock.sleep(LOOK_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await looking;
    },
  };
}

/** @returns whether there was something to do */
export async function reconcileIfDue(parts: NightlyParts): Promise<boolean> {
  const { db, clock, log, timeZone } = parts;
  const night = dueNightAt(clock.now(), timeZone);
  if (night === undefined) return false;
  const done = await db
    .selectFrom('reconciliations')
    .select('id')
    .where('night', '=', night)
    .executeTakeFirst();
  if (done !== undefined) return false;
  const { rowCount, differences } = await reconcile(db, night, parts);
  log.info({ night, rowCount, differences }, 'reconciliation.done');
  return true;
}
