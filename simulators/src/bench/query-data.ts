import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';

/** Instant of the first session; the others follow evenly through one year. */
export const firstWeighedInMs = Date.UTC(2025, 0, 1);
export const YEAR_MS = 365 * 86_400_000;
const ROWS_A_STATEMENT = 250_000;

/** How much there is. */
export interface QueryData {
  sessions: number;
  providers: number;
  trucks: number;
}

/** One truck in 50 had another owner in the first half of the year. */
const HALF_YEAR = `timestamptz '2025-07-01T00:00:00Z'`;

/**
 * Fills a migrated database with a year: providers with Hebrew and English names, their trucks, and closed sessions with
 * their deliveries, oldest first as they would have come in. The rows are what ingest writes; how they got there is not
 * measured.
 */
export async function fillQueryData(
  { pool }: OpenDatabase,
  { sessions, providers, trucks }: QueryData,
): Promise<void> {
  await pool.query(
    `insert into providers (name, name_key, created_at)
     select name, lower(name), now() from (
       select (array['Pardes', 'Kibbutz', 'Moshav', 'Bustan', 'פרדס', 'קיבוץ', 'מושב', 'בוסתן'])[1 + i % 8] || ' '
           || (array['Hana', 'Shmuel', 'Negba', 'Galil', 'חנה', 'שמואל', 'נגבה', 'גליל', 'Sharon', 'שרון'])[1 + i / 8 % 10]
           || ' ' || i as name
         from generate_series(0, $1::int - 1) i) as named`,
    [providers],
  );
  await pool.query(
    `insert into produce (id, created_at) select 'produce ' || i, now() from generate_series(0, 11) i`,
  );
  await pool.query(
    `with added as (
       insert into trucks (id, truck_key, created_at)
       select substr(plate, 1, 2) || '-' || substr(plate, 3, 3) || '-' || substr(plate, 6), plate, now()
         from (select lpad((i::bigint * 7919 % 100000000)::text, 8, '0') as plate from generate_series(0, $1::int - 1) i)
       returning truck_key),
     numbered as (select truck_key, row_number() over (order by truck_key) - 1 as n from added),
     owned as (
       insert into truck_owners (truck_key, provider_id, valid_from, valid_to)
       select truck_key, 10001 + n % $2::int, case when n % 50 = 0 then ${HALF_YEAR} end, null from numbered
       union all
       select truck_key, 10001 + (n + 1) % $2::int, null, ${HALF_YEAR} from numbered where n % 50 = 0
       returning truck_key, provider_id, valid_from)
     insert into truck_owner_changes (truck_key, provider_id, owned_from, said_by, said_at)
     select truck_key, provider_id, valid_from, 'bench', now() from owned`,
    [trucks, providers],
  );
  const client = await pool.connect();
  try {
    // The rows refer to each other rightly by the way they are made; nothing here has to survive a power cut.
    await client.query('set session_replication_role = replica; set synchronous_commit = off');
    for (let from = 0; from < sessions; from += ROWS_A_STATEMENT) {
      const last = Math.min(sessions, from + ROWS_A_STATEMENT) - 1;
      await client.query(insertSessions, [from, last, sessions, trucks]);
    }
  } finally {
    client.release(true);
  }
  await pool.query('vacuum analyze');
}

/** Sessions $1 to $2 of $3, of $4 trucks, a quarter of an hour each, with what they delivered. */
const insertSessions = `
  with timed as (
    select i, ${firstWeighedInMs} + i * ${YEAR_MS} / $3::bigint as in_ms,
           lpad((i * 48271 % $4::bigint * 7919 % 100000000)::text, 8, '0') as plate,
           12000000 + i * 7919 % 18000 * 1000 as gross_g
      from generate_series($1::bigint, $2::bigint) i),
  made as (
    insert into weighing_sessions (id, device, incarnation, site, state, truck, truck_key, produce, containers_in,
      containers_out, first_weight_id, first_gross_g, second_weight_id, second_gross_g, truck_tare_g, net_g,
      first_ticket_no, second_ticket_no, weighed_in_at, weighed_out_at)
    select (lpad(to_hex(in_ms), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
           'gate-' || i % 50, '01997c59-5b4e-7000-8000-000000000001', 'SITE' || i % 50, 'closed',
           substr(plate, 1, 2) || '-' || substr(plate, 3, 3) || '-' || substr(plate, 6), plate, 'produce ' || i % 12,
           array['C-' || i % 400], array['C-' || i % 400],
           ('01997c59-5b4e-7000-8000-' || lpad(to_hex(2 * i), 12, '0'))::uuid, gross_g,
           ('01997c59-5b4e-7000-8000-' || lpad(to_hex(2 * i + 1), 12, '0'))::uuid, 8000000, 8000000, gross_g - 8000000,
           'SITE' || i % 50 || '-abcd-' || lpad((2 * i)::text, 9, '0'),
           'SITE' || i % 50 || '-abcd-' || lpad((2 * i + 1)::text, 9, '0'),
           to_timestamp(in_ms / 1000.0), to_timestamp(in_ms / 1000.0) + interval '15 minutes'
      from timed
    returning id, device, truck, truck_key, produce, net_g, weighed_out_at)
  insert into ledger_entries (id, session_id, device, provider_id, truck, truck_key, produce, net_g, weighed_out_at,
    entry_uuid, posted_at)
  select m.id, m.id, m.device, o.provider_id, m.truck, m.truck_key, m.produce, m.net_g, m.weighed_out_at, m.id,
         m.weighed_out_at
    from made m
    left join plate_owners o on o.truck_key = m.truck_key and o.during @> m.weighed_out_at`;
