/** Deliveries in grams: what, by whom, from which session, correcting which entry. */
export const ledger = `
create table ledger_entries (
  id                uuid primary key,
  session_id        uuid not null references weighing_sessions,
  device            text not null,
  -- Null when the truck had no owner at posting; billing then asks the registry.
  provider_id       bigint references providers,
  truck             text not null,
  truck_key         text not null,
  produce           text,
  net_g             bigint not null,
  weighed_out_at    timestamptz not null,
  entry_uuid        uuid not null,
  corrects_entry_id uuid references ledger_entries,
  posted_at         timestamptz not null,
  constraint a_delivery_is_not_negative check (corrects_entry_id is not null or net_g >= 0)
);
create unique index one_delivery_per_session on ledger_entries (session_id) where corrects_entry_id is null;
create index ledger_entries_by_weighed_out on ledger_entries (weighed_out_at);
create trigger ledger_entries_append_only before update or delete on ledger_entries
  for each row execute function refuse_change();
create trigger ledger_entries_no_truncate before truncate on ledger_entries
  for each statement execute function refuse_change();
`;
