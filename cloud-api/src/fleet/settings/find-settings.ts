import type { Db, Trx } from '../../store/database.ts';

/** What was last wished for at a device; undefined when nothing ever was. */
export function findDesired(db: Db | Trx, device: string) {
  return db
    .selectFrom('device_settings')
    .selectAll()
    .where('device', '=', device)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The last the device said of its newest version; undefined while it said nothing. */
export function findReported(db: Db | Trx, device: string) {
  return db
    .selectFrom('settings_reports')
    .selectAll()
    .where('device', '=', device)
    .orderBy('version', 'desc')
    .orderBy('reported_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}
