import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { isoInstant } from '@weighgate/protocol';
import { filledPeriod } from './bill-books.ts';

export interface BillDataSize {
  sessions: number;
  providers: number;
}

const FIRST_PROVIDER = 10_001;

/**
 * Closed sessions of a month with their deliveries, evenly over providers, three produces and the month; each with two
 * weights and the journal entries they come from, whose texts are nearly empty. Rates change in the middle of the month; every
 * third provider has a rate of their own. Made by the database itself.
 */
export async function fillBillData(
  { pool }: OpenDatabase,
  { sessions, providers }: BillDataSize,
): Promise<void> {
  const [from, to] = [isoInstant(filledPeriod.fromMs), isoInstant(filledPeriod.toMs)];
  for (const statement of [
    `insert into buyer_details (valid_from, name, tax_id, address, rounding, said_by, said_at)
     values ('2020-01-01', 'Gan Shmuel Foods', '510000000', null, 'half_away', 'bench', '2020-01-01')`,
    `insert into produce (id, created_at) select unnest(array['orange', 'lemon', 'grape']), now()`,
    `insert into providers (name, name_key, created_at)
     select 'Provider ' || i, 'provider ' || i, now() from generate_series(1, ${providers}) i`,
    `insert into rates (id, produce, provider_id, rate_per_kg_minor, currency, valid_from, valid_to, created_at)
     select gen_random_uuid(), r.produce, r.provider_id, r.rate, 'ILS', r.valid_from, r.valid_to, now()
       from (
         select id, null::bigint, 80.5, null::timestamptz, '2026-06-15'::timestamptz from produce
         union all
         select id, null, 93.25, '2026-06-15', null from produce
         union all
         select 'orange', id, 101.0001, '2026-06-10', '2026-06-20' from providers where id % 3 = 0
       ) r (produce, provider_id, rate, valid_from, valid_to)`,
    `create table filled_visits as
     select i, gen_random_uuid() as session_id, gen_random_uuid() as first_weight_id,
            gen_random_uuid() as second_weight_id, gen_random_uuid() as in_entry, gen_random_uuid() as out_entry,
            ${FIRST_PROVIDER} + i % ${providers} as provider_id, (array['orange', 'lemon', 'grape'])[1 + i % 3] as produce,
            (7000 + i * 7919 % 1000 * 20) * 1000 as net_g,
            '${from}'::timestamptz + i * ('${to}'::timestamptz - '${from}'::timestamptz) / ${sessions} as weighed_out_at
       from generate_series(0::bigint, ${sessions - 1}) i`,
    `insert into ingest_positions values ('filled', '00000000-0000-7000-8000-000000000000', ${2 * sessions}, repeat('0', 64))`,
    `insert into journal_entries (device, incarnation, seq, uuid, repeats_uuid, kind, previous_hash, hash, entry_text,
                                  received_at)
     select 'filled', '00000000-0000-7000-8000-000000000000', e.seq, e.uuid, false, e.kind, repeat('0', 64),
            encode(sha256(e.seq::text::bytea), 'hex'), '{"body":{"tares":[]}}', now()
       from filled_visits v
      cross join lateral (values (2 * v.i + 1, v.in_entry, 'session.opened'),
                                 (2 * v.i + 2, v.out_entry, 'session.closed')) e (seq, uuid, kind)`,
    `insert into weighing_sessions (id, device, incarnation, site, state, truck, truck_key, produce, containers_in,
                                    containers_out, first_weight_id, first_gross_g, second_weight_id, second_gross_g,
                                    truck_tare_g, net_g, first_ticket_no, second_ticket_no, weighed_in_at, weighed_out_at)
     select session_id, 'filled', '00000000-0000-7000-8000-000000000000', 'GAN', 'closed', 'T-' || provider_id,
            'T' || provider_id, produce, '{}', '{}', first_weight_id, net_g + 9000000, second_weight_id, 9000000, 9000000,
            net_g, 'GAN-0000-' || 2 * i + 1, 'GAN-0000-' || 2 * i + 2, weighed_out_at - interval '20 minutes', weighed_out_at
       from filled_visits`,
    `insert into registered_weights (weight_id, session_id, place, gross_g, scale_id, registered_at, device, incarnation, seq)
     select w.id, v.session_id, w.place, w.gross_g, 'deck-1', w.at, 'filled', '00000000-0000-7000-8000-000000000000', w.seq
       from filled_visits v
      cross join lateral (values
        (v.first_weight_id, 'first', v.net_g + 9000000, v.weighed_out_at - interval '20 minutes', 2 * v.i + 1),
        (v.second_weight_id, 'second', 9000000, v.weighed_out_at, 2 * v.i + 2)) w (id, place, gross_g, at, seq)`,
    `insert into ledger_entries (id, session_id, device, provider_id, truck, truck_key, produce, net_g, weighed_out_at,
                                 entry_uuid, posted_at)
     select gen_random_uuid(), session_id, 'filled', provider_id, 'T-' || provider_id, 'T' || provider_id, produce, net_g,
            weighed_out_at, out_entry, now()
       from filled_visits`,
    'drop table filled_visits',
    'vacuum (analyze)',
  ]) {
    await pool.query(statement);
  }
}
