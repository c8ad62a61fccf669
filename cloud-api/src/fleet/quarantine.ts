import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { recordChange } from '../audit/record-change.ts';
import { type Doer, doerNameOf } from '../http/doer.ts';
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
  { caller, by, why }: { caller: Doer; by?: string | undefined; why: string },
  parts: { db: Db; clock: Clock; makeId: MakeId; log: Logger },
): Promise<boolean> {
  const { db, clock, log } = parts;
  return db.transaction().execute(async (trx) => {
    const before = await trx
      .selectFrom('devices')
      .select(['quarantined_at', 'quarantine_reason'])
      .where('device', '=', device)
      .where('quarantined_at', 'is not', null)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) return false;
    await trx
      .updateTable('devices')
      .set({ quarantined_at: null, quarantine_reason: null })
      .where('device', '=', device)
      .execute();
    await trx
      .updateTable('alarms')
      .set({
        acknowledged_at: isoInstant(clock.now()),
        acknowledged_by: doerNameOf(caller, by),
        acknowledged_why: why,
      })
      .where('device', '=', device)
      .where('code', '=', 'duplicate_device')
      .where('acknowledged_at', 'is', null)
      .execute();
    const change = { subject: { kind: 'device', id: device }, before, after: { quarantined_at: null } };
    await recordChange(trx, { by: caller, action: 'device.released', ...change, why, askedBy: by }, parts);
    log.warn({ device, by: caller.name, why }, 'device.released');
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
