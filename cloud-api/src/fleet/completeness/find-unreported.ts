import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../../store/database.ts';

/** A device that may still hold weighings from before an instant. */
export interface UnreportedDevice {
  device: string;
  /** Null for a device that was never enrolled at a site. */
  site: string | null;
  /** Everything it made before this is here; null when nothing proves anything. */
  reportedUpTo: Date | null;
}

/** Most devices that are named. */
const MAX_NAMED = 500;

/**
 * Devices that have not reported up to an instant: something they made before it may not be here yet. Two things prove how
 * far a device has reported: a HELLO, once everything up to the head it named is stored, and the last stored entry. Both
 * count from when they came or were made by our clock, or by the device's own clock where that is less than a day
 * behind: a HELLO may have lain in a broker, and weighings bear the time of the device. A device whose certificates are
 * all revoked cannot report any more and is not waited for; somebody decided that, and why is on file.
 */
export async function findUnreported(db: Db | Trx, untilMs: number): Promise<UnreportedDevice[]> {
  const until = sql`${isoInstant(untilMs)}::timestamptz`;
  const found = await sql<UnreportedDevice>`
    select device, site, "reportedUpTo"
      from (
        select coalesce(d.device, e.device) as device, e.site,
               greatest(
                 case when coalesce(p.contiguous_seq, 0) >= d.head_seq
                      then d.last_hello_at
                           + case when d.clock_offset_ms between -86400000 and 0 then d.clock_offset_ms else 0 end
                             * interval '1 millisecond' end,
                 case when last.made_at between last.made_at_true - interval '1 day' and last.made_at_true
                      then last.made_at else last.made_at_true end) as "reportedUpTo"
          from devices d
          full join enrolled_devices e on e.device = d.device
          left join ingest_positions p on p.device = d.device and p.incarnation = d.incarnation
          left join journal_entries last
            on last.device = p.device and last.incarnation = p.incarnation and last.seq = p.contiguous_seq
         where (d.device is not null or e.enrolled_at < ${until})
           and not coalesce((select bool_and(c.revoked_at is not null)
                               from device_certificates c where c.device = coalesce(d.device, e.device)), false)
      ) known
     where "reportedUpTo" is null or "reportedUpTo" < ${until}
     order by device
     limit ${MAX_NAMED}`.execute(db);
  return found.rows;
}
