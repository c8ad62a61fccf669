import { sql } from 'kysely';
import type { Db, Trx } from '../store/database.ts';
import type { ShiftSpan } from './shift-span.ts';

/** What was done in a shift, counted from the journal and the ledger as they are here now. */
export interface ShiftCount {
  weighings: number;
  /** Trucks weighed out that still count. */
  sessions: number;
  netPending: number;
  manual: number;
  voids: number;
  reprints: number;
  overrides: number;
  refusedOverrides: number;
  /** Entries that wait for a person; what they would count is not known. */
  parked: number;
  /** Net of the sessions in the ledger, with what corrected them since. Null stands for loads without a produce. */
  produce: { produce: string | null; netG: number }[];
}

/** Entries that were made in a shift: at the kiosk those that bear its id, else those that bear the operator's name. */
const entriesOf = (span: ShiftSpan) =>
  span.kind === 'chain'
    ? sql`select device, incarnation, seq, kind, entry_text::jsonb -> 'body' as body from proven_entries
           where device = ${span.device} and incarnation = ${span.incarnation}
             and seq > ${span.afterSeq} and seq < ${span.beforeSeq} and not repeats_uuid
             and entry_text::jsonb #>> '{body,shiftId}' = ${span.shiftId}`
    : sql`select device, incarnation, seq, kind, entry_text::jsonb -> 'body' as body from proven_entries
           where made_at >= ${span.from}::timestamptz and made_at < ${span.to}::timestamptz and not repeats_uuid
             and entry_text::jsonb #>> '{body,operator}' = ${span.operator}`;

/** Counts a shift. */
export async function countShift(db: Db | Trx, span: ShiftSpan): Promise<ShiftCount> {
  const done = sql`
    with done as materialized (${entriesOf(span)}),
    loads as (
      select s.id, s.waiting_for from done join weighing_sessions s on s.id = (body ->> 'sessionId')::uuid
       where kind in ('session.closed', 'session.one_pass') and s.ended is null
    )`;
  const counted = await sql<Omit<ShiftCount, 'produce'>>`${done}
    select count(*) filter (where kind in ('session.opened', 'session.closed', 'session.one_pass', 'weight.single')) as weighings,
           (select count(*) from loads) as sessions,
           (select count(*) from loads where waiting_for is not null) as "netPending",
           count(*) filter (where body #>> '{weight,source}' = 'manual') as manual,
           count(*) filter (where kind = 'session.voided') as voids,
           count(*) filter (where kind = 'ticket.reprinted') as reprints,
           count(*) filter (where body ->> 'supersedes' is not null) as overrides,
           count(*) filter (where kind = 'permission.refused') as "refusedOverrides",
           (select count(*) from done join open_parked_entries using (device, incarnation, seq)) as parked
      from done`.execute(db);
  const produce = await sql<{ produce: string | null; netG: number }>`${done}
    select l.produce, sum(l.net_g)::bigint as "netG"
      from ledger_entries l join loads on loads.id = l.session_id
     group by l.produce having sum(l.net_g) <> 0 order by l.produce`.execute(db);
  const [row] = counted.rows;
  if (row === undefined) throw new Error('an aggregate without a row');
  return { ...row, produce: produce.rows };
}
