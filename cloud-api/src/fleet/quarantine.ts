import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Db, Trx } from '../store/database.ts';

/** No command is sent to the device from now on. The first reason stays. */
export async function quarantineDevice(
  trx: Trx,
  device: string,
  reason: string,
  clock: Clock,
): Promise<void> {
  await trx
    .updateTable('devices')
    .set({ quarantined_at: isoInstant(clock.now()), quarantine_reason: reason })
    .where('device', '=', device)
    .where('quarantined_at', 'is', null)
    .execute();
}

/**
 * Ends a quarantine; the alarms that led to it are acknowledged with the same words.
 * @returns whether there was one
 */
export async function releaseDevice(
  device: string,
  said: { by: string; why: string },
  { db, clock, log }: { db: Db; clock: Clock; log: Logger },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('devices')
      .set({ quarantined_at: null, quarantine_reason: null })
      .where('device', '=', device)
      .where('quarantined_at', 'is not', null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await trx
      .updateTable('alarms')
      .set({
        acknowledged_at: isoInstant(clock.now()),
        acknowledged_by: said.by,
        acknowledged_why: said.why,
      })
      .where('device', '=', device)
      .where('code', '=', 'duplicate_device')
      .where('acknowledged_at', 'is', null)
      .execute();
    log.warn({ device, ...said }, 'device.released');
    return true;
  });
}

/** Whether commands may be sent to a device: not while two machines may be listening under its name. */
export async function mayCommand(db: Db | Trx, device: string): Promise<boolean> {
  const row = await db
    .selectFrom('devices')
    .select('quarantined_at')
    .where('device', '=', device)
    .executeTakeFirst();
  return row !== undefined && row.quarantined_at === null;
}
