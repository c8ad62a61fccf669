/** Sheets of rates: a draft that changes nothing, then published as a whole. Rates that one takes back stay to be read. */
export const rateSheets = `
create table rate_sheets (
  id            uuid primary key,
  file_name     text not null check (length(file_name) between 1 and 200),
  file_hash     text not null check (file_hash ~ '^[0-9a-f]{64}$'),
  -- From when rows without a date of their own hold.
  takes_effect  timestamptz not null,
  -- What becomes of rates that the sheet does not name.
  unnamed       text not null check (unnamed in ('end', 'keep')),
  -- SheetRow of billing/rate-sheets/read-sheet.ts, as a JSON list.
  rows          text not null,
  state         text not null default 'draft' check (state in ('draft', 'published', 'discarded')),
  uploaded_by   text not null,
  uploaded_at   timestamptz not null,
  decided_by    text,
  decided_at    timestamptz,
  constraint a_decision_says_who_and_when check (
    (state = 'draft') = (decided_at is null) and (state = 'draft') = (decided_by is null))
);
create function refuse_all_but_one_decision() returns trigger language plpgsql as $$
begin
  if old.state = 'draft' and new.state <> 'draft' then
    old.state := new.state;
    old.decided_by := new.decided_by;
    old.decided_at := new.decided_at;
    if new is not distinct from old then
      return new;
    end if;
  end if;
  raise exception 'a rate sheet is decided on once, and never changed';
end $$;
create trigger rate_sheets_decided_once before update on rate_sheets
  for each row execute function refuse_all_but_one_decision();
create trigger rate_sheets_stay before delete on rate_sheets for each row execute function refuse_change();

-- A rate is never edited: it is withdrawn, and another begins. What was billed by it still names it.
alter table rates
  add column sheet_id     uuid references rate_sheets,
  add column withdrawn_at timestamptz,
  add column withdrawn_by uuid references rate_sheets,
  add constraint a_withdrawal_names_its_sheet check ((withdrawn_at is null) = (withdrawn_by is null)),
  drop constraint rates_do_not_overlap,
  -- Provider ids start at 10001, so 0 can stand for "all".
  add constraint rates_do_not_overlap exclude using gist (
    produce with =,
    (coalesce(provider_id, 0)) with =,
    (tstzrange(valid_from, valid_to, '[)')) with &&) where (withdrawn_at is null);
create function refuse_all_but_withdrawing() returns trigger language plpgsql as $$
begin
  if old.withdrawn_at is null and new.withdrawn_at is not null then
    old.withdrawn_at := new.withdrawn_at;
    old.withdrawn_by := new.withdrawn_by;
    if new is not distinct from old then
      return new;
    end if;
  end if;
  raise exception 'a rate is never changed: it is withdrawn once, and another begins';
end $$;
create trigger rates_withdrawn_once before update on rates
  for each row execute function refuse_all_but_withdrawing();
create trigger rates_stay before delete on rates for each row execute function refuse_change();
create trigger rates_no_truncate before truncate on rates for each statement execute function refuse_change();
`;
