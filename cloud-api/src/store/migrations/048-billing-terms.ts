const containerCopies = (containers: string) => `
      select json_agg(json_build_object(
               'id', c.id,
               'tareG', (select (t ->> 'tareG')::bigint from json_array_elements(tares.list) t where t ->> 'container' = c.id),
               'tareSince', (select iso_instant(max(t.valid_from)) from container_tares t
                              where t.container = c.id and t.valid_from <= s.weighed_out_at)) order by c.place) as copies
        from unnest(${containers}) with ordinality c (id, place)`;

/** What bills are made by beside rates, what of the ledger is not billed yet, and numbers given by a tax authority. */
export const billingTerms = `
-- The number of a bill is taken last, so the run names its bill before it is there.
alter table bill_runs alter constraint bill_runs_bill_id_fkey deferrable initially deferred;

-- Deliveries that nobody took back, and whose they are: of the provider written down at posting, or else of who owned the
-- truck when it was weighed out. Null: nobody's yet.
create view standing_deliveries as
  select l.id, l.session_id, coalesce(p.merged_into, p.id) as provider_id, l.produce, l.net_g, l.weighed_out_at,
         l.entry_uuid, l.truck
    from ledger_entries l
    join providers p on p.id = l.provider_id
   where l.corrects_entry_id is null
     and not exists (select from ledger_entries c where c.corrects_entry_id = l.id)
  union all
  select l.id, l.session_id, o.provider_id, l.produce, l.net_g, l.weighed_out_at, l.entry_uuid, l.truck
    from ledger_entries l
    left join plate_owners o on o.truck_key = l.truck_key and o.during @> l.weighed_out_at
   where l.corrects_entry_id is null
     and l.provider_id is null
     and not exists (select from ledger_entries c where c.corrects_entry_id = l.id);
create index ledger_entries_without_owner on ledger_entries (weighed_out_at) where provider_id is null;

create view unbilled_deliveries as
  select d.*
    from standing_deliveries d
   where not exists (
     select from bill_sessions b where b.session_id = d.session_id and b.reversed_by is null);

create function iso_instant(at timestamptz) returns text language sql immutable
  return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- A delivered session with all that its net was computed from, as JSON text: what a bill keeps of it. See FrozenSession in
-- billing/frozen-bill.ts.
create view session_copies as
  select l.id as delivery_id,
         json_build_object(
           'v', 1,
           'id', s.id,
           'charge', 'delivery',
           'site', s.site,
           'truck', s.truck,
           'produce', l.produce,
           'ticketIn', s.first_ticket_no,
           'ticketOut', s.second_ticket_no,
           'weighedInAt', iso_instant(s.weighed_in_at),
           'weighedOutAt', iso_instant(s.weighed_out_at),
           'marks', array_remove(array[
             case when cardinality(s.manual_weight_ids) > 0 then 'MANUAL' end,
             case when s.stored_tare is not null then 'PT' end], null),
           'first', json_build_object(
             'weightId', w1.weight_id,
             'grossG', w1.gross_g,
             'registeredAt', iso_instant(w1.registered_at),
             'scaleId', w1.scale_id,
             'isManual', w1.weight_id = any(s.manual_weight_ids),
             'containers', coalesce(c1.copies, '[]'::json),
             'entry', json_build_object('uuid', e1.uuid, 'device', e1.device, 'incarnation', e1.incarnation,
                                        'seq', e1.seq, 'hash', e1.hash)),
           'second', case when w2.weight_id is not null then json_build_object(
             'weightId', w2.weight_id,
             'grossG', w2.gross_g,
             'registeredAt', iso_instant(w2.registered_at),
             'scaleId', w2.scale_id,
             'isManual', w2.weight_id = any(s.manual_weight_ids),
             'containers', coalesce(c2.copies, '[]'::json),
             'entry', json_build_object('uuid', e2.uuid, 'device', e2.device, 'incarnation', e2.incarnation,
                                        'seq', e2.seq, 'hash', e2.hash)) end,
           'storedTare', case when s.stored_tare is not null then json_build_object(
             'kind', s.stored_tare, 'tareG', s.truck_tare_g) end,
           'netG', l.net_g,
           'netEntryUuid', l.entry_uuid)::text as copy_text
    from ledger_entries l
    join weighing_sessions s on s.id = l.session_id
    join registered_weights w1 on w1.weight_id = s.first_weight_id
    join proven_entries e1 on (e1.device, e1.incarnation, e1.seq) = (w1.device, w1.incarnation, w1.seq)
    left join registered_weights w2 on w2.weight_id = s.second_weight_id
    left join proven_entries e2 on (e2.device, e2.incarnation, e2.seq) = (w2.device, w2.incarnation, w2.seq)
    -- The tares that the net was computed with stand in the entry it comes from, which may carry another over.
    left join lateral (
      select coalesce((e.entry_text::json #>> '{body,entryText}')::json, e.entry_text::json) #> '{body,tares}' as list
        from proven_entries e
       where coalesce(e.carried_uuid, e.uuid) = l.entry_uuid and not e.repeats_uuid
         and cardinality(s.containers_in || s.containers_out) > 0) tares on true
    left join lateral (${containerCopies('s.containers_in')}) c1 on true
    left join lateral (${containerCopies('s.containers_out')}) c2 on true;

-- Percentages of value added tax by category. The one that held at weigh-out is a line's: the latest begun, and of two
-- that begin at one instant the one said last. Nothing is changed; a mistake is said again.
create table vat_rates (
  no         bigint generated always as identity primary key,
  id         uuid not null unique,
  category   text not null check (category in ('standard', 'zero')),
  percent    numeric(7, 4) not null check (percent >= 0),
  valid_from timestamptz not null,
  said_by    text not null,
  said_at    timestamptz not null
);
create view standing_vat_rates as
  select id, category, percent, valid_from,
         lead(valid_from) over (partition by category order by valid_from) as valid_to
    from (select distinct on (category, valid_from) *
            from vat_rates
           order by category, valid_from, no desc) v;

-- Who we are on a bill, and how it is rounded. The row that began last before the issue counts, and of those the last said.
create table buyer_details (
  no         bigint generated always as identity primary key,
  valid_from timestamptz not null,
  name       text not null check (length(name) between 1 and 255),
  tax_id     text check (length(tax_id) between 1 and 40),
  address    text check (length(address) between 1 and 500),
  rounding   text not null check (rounding in ('half_away', 'half_even')),
  said_by    text not null,
  said_at    timestamptz not null
);

-- What a bill says of a provider beside the name, and which VAT it bears; found like the buyer's.
create table provider_tax_details (
  no          bigint generated always as identity primary key,
  provider_id bigint not null references providers,
  valid_from  timestamptz not null,
  tax_id      text check (length(tax_id) between 1 and 40),
  address     text check (length(address) between 1 and 500),
  vat         text not null check (vat in ('standard', 'zero', 'exempt', 'not_charged')),
  said_by     text not null,
  said_at     timestamptz not null
);
create index provider_tax_details_by_provider on provider_tax_details (provider_id, valid_from, no);

-- While one holds we make out the provider's tax invoices; without one a bill is a proforma.
create table self_billing_agreements (
  id          uuid primary key,
  provider_id bigint not null references providers,
  reference   text not null check (length(reference) between 1 and 120),
  valid_from  timestamptz not null,
  valid_to    timestamptz,
  said_by     text not null,
  said_at     timestamptz not null,
  check (valid_from < valid_to),
  constraint one_agreement_of_a_provider_at_a_time exclude using gist (
    provider_id with =,
    (tstzrange(valid_from, valid_to, '[)')) with &&)
);

-- From which amount before VAT on a tax invoice needs a number of the tax authority.
create table allocation_thresholds (
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  valid_from timestamptz not null,
  net_minor  numeric(30, 0) not null check (net_minor >= 0),
  primary key (currency, valid_from)
);
insert into allocation_thresholds (currency, valid_from, net_minor) values
  ('ILS', '2024-05-05T00:00:00+03', 2500000),
  ('ILS', '2025-01-01T00:00:00+02', 2000000),
  ('ILS', '2026-01-01T00:00:00+02', 1000000),
  ('ILS', '2026-06-01T00:00:00+03', 500000);

-- What the tax authority answered for the figures of a run.
create table allocation_answers (
  run_id       uuid not null references bill_runs,
  figures_hash text not null check (figures_hash ~ '^[0-9a-f]{64}$'),
  state        text not null check (state in ('granted', 'refused')),
  number       text check (number ~ '^[0-9]{9,30}$'),
  reason       text check (length(reason) between 1 and 500),
  answered_at  timestamptz not null,
  primary key (run_id, figures_hash),
  constraint an_answer_is_whole check (
    (state = 'granted') = (number is not null) and (state = 'refused') = (reason is not null))
);
${['vat_rates', 'buyer_details', 'provider_tax_details', 'allocation_answers', 'allocation_thresholds']
  .map(
    (table) => `
create trigger ${table}_append_only before update or delete on ${table}
  for each row execute function refuse_change();`,
  )
  .join('')}
`;
