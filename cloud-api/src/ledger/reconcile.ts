import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import { raiseAlarm } from '../fleet/raise-alarm.ts';
import type { Db, Trx } from '../store/database.ts';

/** Longest that adding everything up may take. */
const TIMEOUT_MS = 1_800_000;
/** Most rows that are kept and told of; there may be more, which are counted. */
const MAX_TOLD = 100;

/** Of one provider and produce, in grams as decimal text: what was delivered, and where it is. */
export interface ReconciledRow {
  /** Null for what belongs to nobody yet. */
  providerId: number | null;
  produce: string | null;
  /** Closed sessions that count, as the weighings have them. */
  deliveredG: string;
  /** Lines of issued bills, less their credit notes. */
  billedG: string;
  /** Deliveries that no bill can take: nobody's, of no produce, or without a rate. */
  noOwnerG: string;
  noProduceG: string;
  noRateG: string;
  /** Sessions voided after their bill was issued: below zero, until a credit note takes them off. */
  toCreditG: string;
  /** Deliveries that wait for the bill of their period. */
  pendingG: string;
  /** Closed sessions whose net is still unknown: they are in no sum. */
  pendingNetCount: number;
  /** Delivered less all the others: anything but zero is wrong. */
  differenceG: string;
}

/** What came of a reconciliation. */
export interface Reconciliation {
  id: string;
  reconciledAt: string;
  rowCount: number;
  differences: number;
  /** The first of the rows that do not add up. */
  different: ReconciledRow[];
}

/**
 * Adds up what was weighed, what stands on bills and what is still to be billed, each from its own table, for every provider
 * and produce. Reads one state of the database.
 */
export async function reconcileRows(db: Db | Trx): Promise<ReconciledRow[]> {
  const found = await sql<ReconciledRow>`
    with parts as (
      select o.provider_id, s.produce, 'delivered' as part, s.net_g::numeric as net_g
        from weighing_sessions s
        join session_owners o on o.session_id = s.id
       where s.state = 'closed' and s.ended is null and s.net_g is not null
      union all
      select o.provider_id, s.produce, 'pending_net', 1
        from weighing_sessions s
        join session_owners o on o.session_id = s.id
       where s.waiting_for is not null and s.ended is null
      union all
      select coalesce(p.merged_into, p.id), l.produce, 'billed', r.net_g
        from bill_line_rests r
        join bill_lines l using (bill_id, line_no)
        join bills b on b.id = r.bill_id and b.corrects_bill_id is null
        join providers p on p.id = b.provider_id
       where l.kind = 'produce'
      union all
      select coalesce(p.merged_into, p.id), c.produce, 'to_credit', -c.net_g
        from bill_sessions c
        join bills b on b.id = c.bill_id
        join providers p on p.id = b.provider_id
        join ledger_entries t on t.corrects_entry_id = c.delivery_id
       where c.reversed_by is null
      union all
      select d.provider_id, d.produce,
             case when d.provider_id is null then 'no_owner'
                  when d.produce is null then 'no_produce'
                  when not exists (
                    select from rates r
                     where r.withdrawn_at is null and r.produce = d.produce and (r.provider_id is null or r.provider_id = d.provider_id)
                       and tstzrange(r.valid_from, r.valid_to, '[)') @> d.weighed_out_at) then 'no_rate'
                  else 'pending' end, d.net_g
        from unbilled_deliveries d),
    sums as (
      select provider_id, produce,
             coalesce(sum(net_g) filter (where part = 'delivered'), 0) as delivered,
             coalesce(sum(net_g) filter (where part = 'billed'), 0) as billed,
             coalesce(sum(net_g) filter (where part = 'no_owner'), 0) as no_owner,
             coalesce(sum(net_g) filter (where part = 'no_produce'), 0) as no_produce,
             coalesce(sum(net_g) filter (where part = 'no_rate'), 0) as no_rate,
             coalesce(sum(net_g) filter (where part = 'to_credit'), 0) as to_credit,
             coalesce(sum(net_g) filter (where part = 'pending'), 0) as pending,
             count(*) filter (where part = 'pending_net') as pending_net
        from parts
       group by provider_id, produce)
    select provider_id as "providerId", produce, delivered as "deliveredG", billed as "billedG", no_owner as "noOwnerG",
           no_produce as "noProduceG", no_rate as "noRateG", to_credit as "toCreditG", pending as "pendingG",
           pending_net as "pendingNetCount",
           delivered - billed - no_owner - no_produce - no_rate - to_credit - pending as "differenceG"
      from sums
     order by provider_id, produce`.execute(db);
  return found.rows;
}

/**
 * Reconciles, keeps what came of it, and raises an alarm where something does not add up.
 * @param night the night it is for, `yyyy-mm-dd`; null when somebody asked for it. A night is done once.
 */
export async function reconcile(
  db: Db,
  night: string | null,
  parts: { clock: Clock; makeId: MakeId },
): Promise<Reconciliation> {
  return db.transaction().execute(async (trx) => {
    await sql`select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true)`.execute(trx);
    const rows = await reconcileRows(trx);
    const different = rows.filter(({ differenceG }) => BigInt(differenceG) !== 0n);
    const done = {
      id: parts.makeId(),
      reconciledAt: isoInstant(parts.clock.now()),
      rowCount: rows.length,
      differences: different.length,
      different: different.slice(0, MAX_TOLD),
    };
    await trx
      .insertInto('reconciliations')
      .values({
        id: done.id,
        reconciled_at: done.reconciledAt,
        night,
        row_count: done.rowCount,
        differences: done.differences,
        different: JSON.stringify(done.different),
      })
      .onConflict((conflict) => conflict.column('night').doNothing())
      .execute();
    const [first] = different;
    if (first !== undefined) {
      const detail =
        `what was delivered and what was billed differ for ${different.length} of ${rows.length} rows; the first: ` +
        `provider ${first.providerId ?? 'nobody'}, ${first.produce ?? 'no produce'}, ${first.differenceG} g too much delivered`;
      await raiseAlarm(
        trx,
        { code: 'books_differ', device: 'cloud', incarnation: null, seq: null, detail },
        parts,
      );
    }
    return done;
  });
}
