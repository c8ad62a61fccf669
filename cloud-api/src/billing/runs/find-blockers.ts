import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../../store/database.ts';
import type { BlockedSession } from '../bill-of.ts';
import type { Period } from '../find-billable.ts';

/** Why a run cannot be approved, and how many weighings it is about; each is named by `GET /unbilled`. */
export interface Blocker {
  reason: BlockedSession['reason'];
  produce: string | null;
  sessionCount: number;
}

/** Weighings of the period that are in no delivery yet, by provider: nets that wait for a tare, and entries set aside. */
export async function findBlockers(
  db: Db | Trx,
  period: Period,
  providerIds: readonly number[],
): Promise<Map<number, Blocker[]>> {
  const [from, to] = [isoInstant(period.fromMs), isoInstant(period.toMs)];
  const found = await sql<Blocker & { providerId: number }>`
    select o.provider_id as "providerId", 'pending_net' as reason, s.produce, count(*) as "sessionCount"
      from weighing_sessions s
      join session_owners o on o.session_id = s.id
     where s.waiting_for is not null and s.ended is null
       and s.weighed_out_at >= ${from}::timestamptz and s.weighed_out_at < ${to}::timestamptz
       and o.provider_id = any(${providerIds}::bigint[])
     group by 1, 2, 3
    union all
    select o.provider_id, 'parked', null, count(*)
      from open_parked_entries p
      join plate_owners o on o.truck_key = p.truck_key and o.during @> coalesce(p.weighed_at, p.parked_at)
     where p.kind not in ('container_tare.set', 'indicator.commanded')
       and p.reason <> 'repeated_uuid'
       and coalesce(p.weighed_at, p.parked_at) >= ${from}::timestamptz
       and coalesce(p.weighed_at, p.parked_at) < ${to}::timestamptz
       and o.provider_id = any(${providerIds}::bigint[])
     group by 1
     order by 1, 2, 3`.execute(db);
  const blockers = new Map<number, Blocker[]>();
  for (const { providerId, ...blocker } of found.rows) {
    blockers.set(providerId, [...(blockers.get(providerId) ?? []), blocker]);
  }
  return blockers;
}
