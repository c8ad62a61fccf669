import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../../store/database.ts';
import type { Period } from '../find-billable.ts';
import type { Cuts } from './price-segments.ts';

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
 * Deliveries to be billed for a period, as SQL over `d`, a row of unbilled_deliveries: those weighed out in it, and late
 * ones, which were weighed out in an earlier period whose bill had been issued by then.
 */
export function isDue(period: Period) {
  return sql<boolean>`
    d.weighed_out_at < ${isoInstant(period.toMs)}::timestamptz
    and (d.weighed_out_at >= ${isoInstant(period.fromMs)}::timestamptz
         or exists (select from bill_runs r
                     where r.provider_id = d.provider_id
                       and r.bill_id is not null
                       and r.period_from <= d.weighed_out_at and d.weighed_out_at < r.period_to))`;
}

/** Each provider's cuts as rows `(provider_id, cuts)`, for {@link sumDeliveries} and whoever has to find the same segments. */
export function cutsTable(cuts: ReadonlyMap<number, Cuts>) {
  const rows = [...cuts].map(([providerId, instants]) => ({
    provider_id: providerId,
    cuts: instants.map(isoInstant),
  }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as c (provider_id bigint, cuts timestamptz[])`;
}

/** Sums deliveries where they lie: what comes back is a row for each produce and segment, however many sessions there are. */
export async function sumDeliveries(
  db: Db | Trx,
  period: Period,
  cuts: ReadonlyMap<number, Cuts>,
): Promise<DeliveredSum[]> {
  const found = await sql<Omit<DeliveredSum, 'netG'> & { netG: string }>`
    select d.provider_id as "providerId", d.produce, width_bucket(d.weighed_out_at, c.cuts) as segment,
           count(*) as "sessionCount", sum(d.net_g) as "netG"
      from unbilled_deliveries d
      join ${cutsTable(cuts)} using (provider_id)
     where ${isDue(period)}
     group by 1, 2, 3`.execute(db);
  return found.rows.map((row) => ({ ...row, netG: wholeGramsOf(row.netG) }));
}

/** @throws RangeError beyond the integers a double holds: nine thousand million tonnes of one produce in one segment */
function wholeGramsOf(text: string): number {
  const grams = Number(text);
  if (!Number.isSafeInteger(grams)) throw new RangeError(`too many grams to sum: ${text}`);
  return grams;
}
