/** What devices sent, exactly as they sent it, and how far each chain has come. */
export const journal = `
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op;
end $$;

create table cloud_epoch (
  only_row boolean primary key default true check (only_row),
  epoch    uuid not null,
  born_at  timestamptz not null
);

create table devices (
  device          text primary key check (device ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  incarnation     uuid not null,
  head_seq        bigint not null check (head_seq >= 0),
  head_hash       text not null,
  app_version     text not null,
  clock_offset_ms bigint not null,
  last_hello_at   timestamptz not null
);

create table ingest_positions (
  device         text not null check (device ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  incarnation    uuid not null,
  contiguous_seq bigint not null check (contiguous_seq >= 0),
  head_hash      text not null check (head_hash ~ '^[0-9a-f]{64}$'),
  primary key (device, incarnation)
);

create table journal_entries (
  device        text not null,
  incarnation   uuid not null,
  seq           bigint not null check (seq > 0),
  uuid          uuid not null,
  -- A fact that came before under another place in a chain: kept for the chain, never applied again.
  repeats_uuid  boolean not null,
  kind          text not null,
  previous_hash text not null check (previous_hash ~ '^[0-9a-f]{64}$'),
  hash          text not null check (hash ~ '^[0-9a-f]{64}$'),
  entry_text    text not null,
  received_at   timestamptz not null,
  primary key (device, incarnation, seq),
  foreign key (device, incarnation) references ingest_positions
);
create unique index one_entry_per_fact on journal_entries (uuid) where not repeats_uuid;
create trigger journal_entries_append_only before update or delete on journal_entries
  for each row execute function refuse_change();
create trigger journal_entries_no_truncate before truncate on journal_entries
  for each statement execute function refuse_change();

create table ingest_forks (
  device      text not null,
  incarnation uuid not null,
  seq         bigint not null check (seq > 0),
  hash        text not null,
  known_hash  text not null,
  entry_text  text not null,
  received_at timestamptz not null,
  primary key (device, incarnation, seq, hash)
);
create trigger ingest_forks_append_only before update or delete on ingest_forks
  for each row execute function refuse_change();

create table parked_entries (
  device      text not null,
  incarnation uuid not null,
  seq         bigint not null,
  kind        text not null,
  reason      text not null,
  detail      text not null,
  session_id  uuid,
  ticket_no   text,
  truck       text,
  truck_key   text,
  weighed_at  timestamptz,
  parked_at   timestamptz not null,
  primary key (device, incarnation, seq),
  foreign key (device, incarnation, seq) references journal_entries
);
`;
