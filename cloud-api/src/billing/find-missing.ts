import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { findUnreported } from '../fleet/completeness/find-unreported.ts';
import type { Db, Trx } from '../store/database.ts';
import type { BlockedSession } from './bill-of.ts';
import type { MayBeMissing } from './bill-view.ts';
import type { Period } from './find-billable.ts';

/** Most weighings that are named. */
const MAX_NAMED = 500;

/**
 * What may belong on somebody's bill of a period and is not known to: what devices have not reported yet, and weighings
 * of trucks that belong to nobody. Up to 500 of each are named.
 */
export async function findMissing(db: Db | Trx, period: Period): Promise<MayBeMissing> {
  return { notReported: await findUnreported(db, period.toMs), noOwner: await findOwnerless(db, period) };
}

/** Each half has an index of its own: it costs what is ownerless or pending, and not what the period holds. */
async function findOwnerless(db: Db | Trx, { fromMs, toMs }: Period): Promise<BlockedSession[]> {
  const [from, to] = [isoInstant(fromMs), isoInstant(toMs)];
  const found = await sql<Omit<BlockedSession, 'reason'>>`
    with candidates as (
      select l.session_id as id
        from ledger_entries l
       where l.provider_id is null and l.corrects_entry_id is null
         and l.weighed_out_at >= ${from}::timestamptz and l.weighed_out_at < ${to}::timestamptz
      union all
      select s.id
        from weighing_sessions s
       where s.waiting_for is not null
         and s.weighed_out_at >= ${from}::timestamptz and s.weighed_out_at < ${to}::timestamptz)
    select s.id as "sessionId", s.second_ticket_no as "ticketNo", s.truck
      from candidates
      join weighing_sessions s using (id)
      join session_owners o on o.session_id = s.id
     where s.ended is null and o.provider_id is null
     order by s.weighed_out_at, s.id
     limit ${MAX_NAMED}`.execute(db);
  return found.rows.map((row) => ({ ...row, reason: 'no_owner' }));
}
