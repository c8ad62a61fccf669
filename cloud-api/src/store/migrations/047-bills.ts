/**
 * Bills. A run is one provider's bill of one period while it is made; what is issued is a row of `bills`, which nobody
 * changes, with a frozen copy of everything it was made from. Money is whole minor units, masses are grams.
 */
export const bills = `
create table bill_runs (
  id            uuid primary key,
  provider_id   bigint not null references providers,
  period_from   timestamptz not null,
  period_to     timestamptz not null,
  state         text not null check (state in ('draft', 'approved', 'issued', 'paid', 'credited')),
  -- Counts changes, so that nobody approves or issues anything else than what they saw.
  version       bigint not null default 1 check (version > 0),
  -- The figures as they were last computed: DraftFigures of billing/draft-figures.ts, and their SHA-256.
  figures       text not null,
  figures_hash  text not null check (figures_hash ~ '^[0-9a-f]{64}$'),
  -- Weighings that keep the run from being approved; the figures name the first of them.
  blocked_count bigint not null check (blocked_count >= 0),
  drafted_at    timestamptz not null,
  approved_by   text,
  approved_at   timestamptz,
  bill_id       uuid unique,
  constraint a_period_ends_after_it_began check (period_from < period_to),
  constraint an_approval_says_who_and_when check ((approved_by is null) = (approved_at is null)),
  constraint what_goes_on_was_approved check ((state = 'draft') = (approved_at is null)),
  constraint what_is_blocked_stays_a_draft check (state = 'draft' or blocked_count = 0),
  constraint issued_means_there_is_a_bill check ((state in ('issued', 'paid', 'credited')) = (bill_id is not null)),
  -- One run for a provider and a period, and no two for any part of it.
  constraint runs_of_a_provider_do_not_overlap exclude using gist (
    provider_id with =,
    (tstzrange(period_from, period_to, '[)')) with &&)
);
create index bill_runs_by_state on bill_runs (state, id);

-- The counter of a series. Whoever issues locks its row until the commit, so no number is given twice or left out.
create table bill_series (
  series      text not null check (series ~ '^[A-Z]{2,4}$'),
  year        integer not null check (year between 2000 and 9999),
  last_number integer not null check (last_number >= 0),
  last_hash   text not null check (last_hash ~ '^[0-9a-f]{64}$'),
  primary key (series, year)
);
create function refuse_skipping_a_number() returns trigger language plpgsql as $$
begin
  if (new.series, new.year, new.last_number) is distinct from (old.series, old.year, old.last_number + 1) then
    raise exception 'numbers of % % go up one by one: % after %', old.series, old.year, new.last_number, old.last_number;
  end if;
  return new;
end $$;
create trigger bill_series_goes_up_by_one before update on bill_series
  for each row execute function refuse_skipping_a_number();
create trigger bill_series_stays before delete on bill_series for each row execute function refuse_change();
create trigger bill_series_no_truncate before truncate on bill_series
  for each statement execute function refuse_change();

create table bills (
  id               uuid primary key,
  -- Null for a credit note.
  run_id           uuid unique references bill_runs,
  kind             text not null check (kind in ('tax_invoice', 'proforma', 'credit_note')),
  corrects_bill_id uuid references bills,
  provider_id      bigint not null references providers,
  series           text not null,
  year             integer not null,
  number           integer not null check (number > 0),
  -- As it stands on the document.
  number_text      text not null unique,
  issued_at        timestamptz not null,
  currency         text not null check (currency ~ '^[A-Z]{3}$'),
  -- Below zero for a credit note.
  net_minor        numeric(30, 0) not null,
  vat_minor        numeric(30, 0) not null,
  total_minor      numeric(30, 0) not null check (total_minor = net_minor + vat_minor),
  -- FrozenBill of billing/frozen-bill.ts as JSON; it is read, hashed and shown, and never written again.
  frozen_text      text not null,
  prior_hash       text not null check (prior_hash ~ '^[0-9a-f]{64}$'),
  hash             text not null unique,
  unique (series, year, number),
  foreign key (series, year) references bill_series,
  constraint a_bill_is_what_was_frozen check (
    hash = encode(sha256(convert_to(frozen_text, 'UTF8')), 'hex')
    and frozen_text::json ->> 'priorHash' = prior_hash
    and frozen_text::json ->> 'numberText' = number_text),
  constraint a_credit_note_names_its_bill check ((kind = 'credit_note') = (corrects_bill_id is not null)),
  constraint a_bill_comes_from_a_run check ((kind = 'credit_note') = (run_id is null))
);
create index bills_by_provider on bills (provider_id, id);
create index bills_by_corrected on bills (corrects_bill_id) where corrects_bill_id is not null;
alter table bill_runs add foreign key (bill_id) references bills;

-- A number is the next one, and the chain goes on from the bill before: the counter moves with the bill or not at all.
create function take_the_next_number() returns trigger language plpgsql as $$
begin
  update bill_series
     set last_number = new.number, last_hash = new.hash
   where series = new.series and year = new.year and last_number = new.number - 1 and last_hash = new.prior_hash;
  if not found then
    raise exception 'bill % is not the next of its series', new.number_text;
  end if;
  return new;
end $$;
create trigger bills_take_the_next_number before insert on bills
  for each row execute function take_the_next_number();

create table bill_lines (
  bill_id       uuid not null references bills,
  line_no       integer not null check (line_no > 0),
  kind          text not null check (kind in ('produce', 'quality')),
  -- The line of the corrected bill that a line of a credit note takes from.
  corrects_line integer,
  produce       text,
  rate_id       uuid references rates,
  is_late       boolean not null,
  vat_kind      text not null check (vat_kind in ('charged', 'exempt', 'not_charged')),
  vat_percent   numeric(7, 4) check (vat_percent >= 0),
  session_count bigint not null check (session_count >= 0),
  net_g         numeric(30, 0) not null,
  amount_minor  numeric(30, 0) not null,
  primary key (bill_id, line_no),
  constraint a_percentage_is_charged check ((vat_kind = 'charged') = (vat_percent is not null)),
  constraint produce_has_a_rate check (kind <> 'produce' or (produce is not null and rate_id is not null))
);
create index bill_lines_by_produce on bill_lines (produce);

-- Each session of a bill with its frozen copy. The one thing that may still be written is the credit note that takes it
-- off the bill again, once.
create table bill_sessions (
  bill_id         uuid not null references bills deferrable initially deferred,
  -- From 1 on, through the whole bill, by line, weigh-out and id.
  position        bigint not null check (position > 0),
  line_no         integer not null,
  session_id      uuid not null references weighing_sessions,
  charge_kind     text not null check (charge_kind in ('delivery')),
  delivery_id     uuid not null references ledger_entries,
  produce         text not null,
  net_g           bigint not null check (net_g >= 0),
  weighed_out_at  timestamptz not null,
  -- FrozenSession of billing/frozen-bill.ts as JSON, and its SHA-256.
  frozen_text     text not null,
  hash            bytea not null check (hash = sha256(convert_to(frozen_text, 'UTF8'))),
  reversed_by     uuid references bills deferrable initially deferred,
  primary key (bill_id, position),
  foreign key (bill_id, line_no) references bill_lines deferrable initially deferred
);
create unique index a_session_is_billed_once on bill_sessions (session_id, charge_kind) where reversed_by is null;
create index bill_sessions_by_session on bill_sessions (session_id);

create function refuse_all_but_one_reversal() returns trigger language plpgsql as $$
begin
  if old.reversed_by is null and new.reversed_by is not null then
    old.reversed_by := new.reversed_by;
    if new is not distinct from old then
      return new;
    end if;
  end if;
  raise exception 'a session on an issued bill is never changed: only a credit note takes it off, once';
end $$;
create trigger bill_sessions_reversed_once before update on bill_sessions
  for each row execute function refuse_all_but_one_reversal();
create trigger bill_sessions_stay before delete on bill_sessions for each row execute function refuse_change();
create trigger bill_sessions_no_truncate before truncate on bill_sessions
  for each statement execute function refuse_change();
create trigger bills_append_only before update or delete on bills for each row execute function refuse_change();
create trigger bills_no_truncate before truncate on bills for each statement execute function refuse_change();
create trigger bill_lines_append_only before update or delete on bill_lines
  for each row execute function refuse_change();
create trigger bill_lines_no_truncate before truncate on bill_lines
  for each statement execute function refuse_change();

create index ledger_entries_by_provider on ledger_entries (provider_id, weighed_out_at);
`;
