import { type Clock, isoInstant, type RemoteSettings } from '@weighgate/protocol';
import type { Db } from '../../store/database.ts';
import { findDesired, findReported } from './find-settings.ts';

export type SettingsPut =
  | { kind: 'put'; version: number }
  | { kind: 'unknown' }
  /** Somebody else was first. */
  | { kind: 'stale'; version: number };

/**
 * Wishes for settings at a device, as its next version. Versions go on behind what the device ever reported, so that a
 * database that was put back from a backup gives none out twice.
 * @param wished.version the version that was seen; 0 for none
 */
export async function putSettings(
  device: string,
  wished: { version: number; settings: RemoteSettings; by: string; why: string },
  { db, clock }: { db: Db; clock: Clock },
): Promise<SettingsPut> {
  return db.transaction().execute(async (trx): Promise<SettingsPut> => {
    // One after another for each device.
    const known = await trx
      .selectFrom('devices')
      .select('device')
      .where('device', '=', device)
      .forUpdate()
      .executeTakeFirst();
    if (known === undefined) return { kind: 'unknown' };
    const present = (await findDesired(trx, device))?.version ?? 0;
    if (present !== wished.version) return { kind: 'stale', version: present };
    const version = Math.max(present, (await findReported(trx, device))?.version ?? 0) + 1;
    await trx
      .insertInto('device_settings')
      .values({
        device,
        version,
        settings: JSON.stringify(wished.settings),
        put_by: wished.by,
        put_why: wished.why,
        put_at: isoInstant(clock.now()),
      })
      .execute();
    return { kind: 'put', version };
  });
}
