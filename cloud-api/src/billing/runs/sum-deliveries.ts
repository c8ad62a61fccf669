import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../../store/database.ts';
import type { Period } from '../find-billable.ts';
import type { Cuts } from './price-segments.ts';

/** Up to so many providers' deliveries are looked up one provider after the other. */
const MAX_LOOKED_UP = 20;

/** What a provider delivered of one produce in one segment of time, and nobody has billed yet. */
export interface DeliveredSum {
  providerId: number;
  /** Null where the weighing named none, which blocks the bill. */
  produce: string | null;
  segment: number;
  sessionCount: number;
  netG: number;
}

/**
 * What is to be billed for a period, as SQL over rows `d` with weighed_out_at and `c` with the provider: what was weighed out
 * in it, and what is late, which was weighed out in an earlier period whose bill had been issued by then, to the provider
 * or to one that was merged into them.
 */
export function isDue(period: Period, provider = sql.ref('d.provider_id')) {
  return sql<boolean>`
    d.weighed_out_at < ${isoInstant(period.toMs)}::timestamptz
    and (d.weighed_out_at >= ${isoInstant(period.fromMs)}::timestamptz
         or exists (select from bill_runs r
                     where r.provider_id in (
                             select p.id from providers p where coalesce(p.merged_into, p.id) = ${provider})
                       and r.bill_id is not null
                       and r.period_from <= d.weighed_out_at and d.weighed_out_at < r.period_to))`;
}

/**
 * Sums deliveries where they lie: what comes back is a row for each produce and segment, however many sessions there are.
 * The ledger is summed as it stands, what was taken back being below zero in it; off that go those that stand on a bill.
 */
export async function sumDeliveries(
  db: Db | Trx,
  period: Period,
  cuts: ReadonlyMap<number, Cuts>,
): Promise<DeliveredSum[]> {
  const names = await sql<{ named_id: number; provider_id: number }>`
    select id as named_id, coalesce(merged_into, id) as provider_id
      from providers
     where coalesce(merged_into, id) = any(${[...cuts.keys()]}::bigint[])`.execute(db);
  const rows = names.rows.map((row) => ({ ...row, cuts: cuts.get(row.provider_id)?.map(isoInstant) }));
  const asked = sql`json_to_recordset(${JSON.stringify(rows)}::json)
       as c (named_id bigint, provider_id bigint, cuts timestamptz[])`;
  // Of a few providers the deliveries are looked up, of many all are read.
  const ofFew =
    rows.length <= MAX_LOOKED_UP
      ? sql`and d.provider_id = any(${rows.map(({ named_id }) => named_id)}::bigint[])`
      : sql``;
  const moved = sql`(
    select provider_id, truck_key, produce, weighed_out_at, net_g,
           case when corrects_entry_id is null then 1 else -1 end as sessions
      from ledger_entries
    union all
    select l.provider_id, l.truck_key, l.produce, l.weighed_out_at, -l.net_g, -1
      from bill_sessions b
      join ledger_entries l on l.session_id = b.session_id and l.corrects_entry_id is null
     where b.reversed_by is null
       and not exists (select from ledger_entries t where t.corrects_entry_id = l.id))`;
  const sums = sql`c.provider_id as "providerId", d.produce, width_bucket(d.weighed_out_at, c.cuts) as segment,
           sum(d.sessions) as "sessionCount", sum(d.net_g) as "netG"`;
  const due = isDue(period, sql.ref('c.provider_id'));
  // Owned by who was written down at posting, or else by who owned the truck when it was weighed out.
  const found = await sql<Omit<DeliveredSum, 'netG'> & { netG: string }>`
    select ${sums}
      from ${moved} d
      join ${asked} on c.named_id = d.provider_id
     where ${due} ${ofFew}
     group by 1, 2, 3
    having sum(d.sessions) <> 0
    union all
    select ${sums}
      from ${moved} d
      join plate_owners o on o.truck_key = d.truck_key and o.during @> d.weighed_out_at
      join ${asked} on c.named_id = o.provider_id
     where d.provider_id is null and ${due}
     group by 1, 2, 3
    having sum(d.sessions) <> 0`.execute(db);
  return merged(found.rows.map((row) => ({ ...row, netG: wholeGramsOf(row.netG) })));
}

/** Of one produce and segment there may be two sums: of deliveries with an owner from the start, and without. */
function merged(sums: readonly DeliveredSum[]): DeliveredSum[] {
  const found = new Map<string, DeliveredSum>();
  for (const sum of sums) {
    const key = JSON.stringify([sum.providerId, sum.produce, sum.segment]);
    const before = found.get(key);
    if (before === undefined) found.set(key, { ...sum });
    else {
      before.sessionCount += sum.sessionCount;
      before.netG = wholeGramsOf(String(BigInt(before.netG) + BigInt(sum.netG)));
    }
  }
  return [...found.values()];
}

/** @throws RangeError beyond the integers a double holds: nine thousand million tonnes of one produce in one segment */
function wholeGramsOf(text: string): number {
  const grams = Number(text);
  if (!Number.isSafeInteger(grams)) throw new RangeError(`too many grams to sum: ${text}`);
  return grams;
}
