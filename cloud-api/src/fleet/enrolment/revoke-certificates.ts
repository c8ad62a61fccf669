import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Db, Trx } from '../../store/database.ts';

/**
 * Takes a device's certificates off the list of those that are admitted. They stay on record.
 * @returns how many there were
 */
export async function revokeCertificates(
  db: Db | Trx,
  device: string,
  { by, reason }: { by: string; reason: string },
  clock: Clock,
): Promise<number> {
  const revoked = await db
    .updateTable('device_certificates')
    .set({ revoked_at: isoInstant(clock.now()), revoked_by: by, revoke_reason: reason })
    .where('device', '=', device)
    .where('revoked_at', 'is', null)
    .returning('fingerprint')
    .execute();
  return revoked.length;
}
