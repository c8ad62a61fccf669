import type { Clock, DownMessage, MasterDataAsk } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Db, Trx } from '../store/database.ts';

/** Where master data comes from; what it means is not the inbox' business. */
export interface MasterDataSource {
  /** The last revision there is. */
  head(reader: Db | Trx): Promise<number>;
  /** Takes a question of a device and answers it soon, or not at all: the device asks again. Never waited for. */
  take(ask: MasterDataAsk, answer: (page: DownMessage) => void): void;
}

const LOOK_EVERY_MS = 1_000;
/** A device that was not heard of for so long is away: its next HELLO tells it. */
const HEARD_WITHIN_MS = 86_400_000;

/**
 * Tells devices that there is newer master data, once for all changes of a second. Looks instead of being told: several
 * programs may change it, and a look that fails is made up for by the next.
 */
export async function nudgeDevices(
  source: MasterDataSource,
  send: (message: DownMessage) => void,
  { db, clock, log }: { db: Db; clock: Clock; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let told: number | null = null;
  while (!signal.aborted) {
    try {
      const revision = await source.head(db);
      if (told !== null && revision > told) {
        const devices = await db
          .selectFrom('devices')
          .select('device')
          .where('last_hello_at', '>', new Date(clock.now() - HEARD_WITHIN_MS))
          .execute();
        for (const { device } of devices) send({ v: 1, type: 'md_nudge', device, revision });
        log.info({ revision, devices: devices.length }, 'master_data.nudged');
      }
      told = revision;
    } catch (error) {
      log.warn({ err: error }, 'master_data.not_looked_at');
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
