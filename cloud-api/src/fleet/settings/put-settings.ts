import { type Clock, isoInstant, type MakeId, type RemoteSettings } from '@weighgate/protocol';
import { recordChange } from '../../audit/record-change.ts';
import { type Doer, doerNameOf } from '../../http/doer.ts';
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
  wished: {
    version: number;
    settings: RemoteSettings;
    caller: Doer;
    by?: string | undefined;
    why: string;
  },
  parts: { db: Db; clock: Clock; makeId: MakeId },
): Promise<SettingsPut> {
  const { db, clock } = parts;
  return db.transaction().execute(async (trx): Promise<SettingsPut> => {
    // One after another for each device.
    const known = await trx
      .selectFrom('devices')
      .select('device')
      .where('device', '=', device)
      .forUpdate()
      .executeTakeFirst();
    if (known === undefined) return { kind: 'unknown' };
    const desired = await findDesired(trx, device);
    const present = desired?.version ?? 0;
    if (present !== wished.version) return { kind: 'stale', version: present };
    const { caller, by, why } = wished;
    const version = Math.max(present, (await findReported(trx, device))?.version ?? 0) + 1;
    await trx
      .insertInto('device_settings')
      .values({
        device,
        version,
        settings: JSON.stringify(wished.settings),
        put_by: doerNameOf(caller, by),
        put_why: why,
        put_at: isoInstant(clock.now()),
      })
      .execute();
    const change = {
      action: 'device_settings.put',
      subject: { kind: 'device', id: device },
      before: desired === undefined ? null : { version: present, settings: desired.settings },
      after: { version, settings: wished.settings },
    };
    await recordChange(trx, { by: caller, ...change, why, askedBy: by }, parts);
    return { kind: 'put', version };
  });
}
