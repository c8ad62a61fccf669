import { isoInstant } from '@weighgate/protocol';
import { type Selectable, sql } from 'kysely';
import type { Db, Trx } from '../store/database.ts';
import type { RatesTable } from '../store/schema.ts';
import type { BillableSession, BlockedSession } from './bill-of.ts';
import { rateTextOf } from './money.ts';
import type { Rate } from './rate.ts';

/** Half-open: from `fromMs` to before `toMs`. */
export interface Period {
  fromMs: number;
  toMs: number;
}

/** Most sessions one bill or list may take; beyond it the caller asks for a shorter period. */
export const MAX_BILLED_SESSIONS = 20_000;

/** A billable session and whose it is; null while its truck has no owner. */
export interface OwnedSession extends BillableSession {
  providerId: number | null;
  /** Of a pending net: containers whose tare is not known. */
  waitingFor: string[] | null;
}

/**
 * Closed sessions weighed out in the period: deliveries from the ledger, and those whose net is still pending. The
 * provider is the one written down at posting; a delivery posted before its truck was registered gets who
 * owned the truck when it was weighed out. A merged provider counts as the one it is now.
 * @param whose only this provider's, or those of trucks without an owner; undefined for everyone's
 */
export async function findBillable(
  db: Db | Trx,
  period: Period,
  whose?: number | 'nobody',
): Promise<OwnedSession[]> {
  const found = await sql<Omit<OwnedSession, 'weighedOutAtMs'> & { weighedOutAt: Date }>`
    select s.id as "sessionId", s.second_ticket_no as "ticketNo", s.truck,
           case when l.id is null then s.produce else l.produce end as produce,
           l.net_g as "netG", s.weighed_out_at as "weighedOutAt",
           ${owner} as "providerId", s.waiting_for as "waitingFor"
      from weighing_sessions s
      left join ledger_entries l on l.session_id = s.id and l.corrects_entry_id is null
      left join providers w on w.id = l.provider_id
      left join plate_owners o on o.truck_key = s.truck_key and o.during @> s.weighed_out_at
     where s.state = 'closed'
       and s.ended is null
       and s.weighed_out_at >= ${isoInstant(period.fromMs)}::timestamptz
       and s.weighed_out_at < ${isoInstant(period.toMs)}::timestamptz
       and ${ownedBy(whose)}
     order by s.weighed_out_at, s.id
     limit ${MAX_BILLED_SESSIONS + 1}`.execute(db);
  return found.rows.map(({ weighedOutAt, ...row }) => ({ ...row, weighedOutAtMs: weighedOutAt.getTime() }));
}

const owner = sql`coalesce(w.merged_into, w.id, o.provider_id)`;

function ownedBy(whose: number | 'nobody' | undefined) {
  if (whose === undefined) return sql`true`;
  return whose === 'nobody' ? sql`${owner} is null` : sql`${owner} = ${whose}`;
}

/**
 * Weighings that were stored but set aside, and so are in no session: they may belong on the bill. Those whose truck or
 * time cannot be read belong to nobody's bill and to everybody's list.
 */
export async function findParked(
  db: Db | Trx,
  period: Period,
  providerId?: number,
): Promise<BlockedSession[]> {
  const found = await sql<Omit<BlockedSession, 'reason'>>`
    select p.session_id as "sessionId", p.ticket_no as "ticketNo", p.truck
      from open_parked_entries p
      left join plate_owners o on o.truck_key = p.truck_key and o.during @> coalesce(p.weighed_at, p.parked_at)
     where p.kind not in ('container_tare.set', 'indicator.commanded')
       and p.reason <> 'repeated_uuid'
       and coalesce(p.weighed_at, p.parked_at) >= ${isoInstant(period.fromMs)}::timestamptz
       and coalesce(p.weighed_at, p.parked_at) < ${isoInstant(period.toMs)}::timestamptz
       and (${providerId ?? null}::bigint is null or o.provider_id = ${providerId ?? null})
     order by p.parked_at, p.seq
     limit ${MAX_BILLED_SESSIONS + 1}`.execute(db);
  return found.rows.map((row) => ({ ...row, reason: 'parked' }));
}

/** How many trucks belonged to a provider at some time of the period; another plate of a truck is not another truck. */
export async function countTrucks(db: Db | Trx, period: Period, providerId: number): Promise<number> {
  const found = await sql<{ trucks: number }>`
    select count(distinct o.truck_key) as trucks
      from plate_owners o
      join trucks t on t.truck_key = o.truck_key and t.alias_of is null
     where o.provider_id = ${providerId}
       and o.during && tstzrange(${isoInstant(period.fromMs)}, ${isoInstant(period.toMs)})`.execute(db);
  return found.rows[0]?.trucks ?? 0;
}

/**
 * Every rate that may hold in the period, for one provider and for all.
 * @param currency of the cloud, which is that of rates that name none
 * @param providerId only those that may be this provider's; undefined for everyone's
 */
export async function findRates(
  db: Db | Trx,
  period: Period,
  currency: string,
  providerId?: number,
): Promise<Rate[]> {
  let query = standingRates(db).where(
    sql<boolean>`tstzrange(valid_from, valid_to) &&
      tstzrange(${isoInstant(period.fromMs)}::timestamptz, ${isoInstant(period.toMs)}::timestamptz)`,
  );
  if (providerId !== undefined) {
    query = query.where(({ eb, or }) =>
      or([eb('provider_id', 'is', null), eb('provider_id', '=', providerId)]),
    );
  }
  return (await query.execute()).map((row) => rateOf(row, currency));
}

/** Every rate that stands, whenever it holds. @param currency of the cloud */
export async function findAllRates(db: Db | Trx, currency: string): Promise<Rate[]> {
  const rows = await standingRates(db)
    .orderBy('produce')
    .orderBy('provider_id')
    .orderBy('valid_from', (order) => order.asc().nullsFirst())
    .execute();
  return rows.map((row) => rateOf(row, currency));
}

function standingRates(db: Db | Trx) {
  return db.selectFrom('rates').selectAll().where('withdrawn_at', 'is', null);
}

function rateOf(row: Selectable<RatesTable>, currency: string): Rate {
  return {
    id: row.id,
    produce: row.produce,
    providerId: row.provider_id,
    ratePerKgMinor: rateTextOf(row.rate_per_kg_minor),
    currency: row.currency ?? currency,
    validFromMs: row.valid_from?.getTime() ?? null,
    validToMs: row.valid_to?.getTime() ?? null,
  };
}
