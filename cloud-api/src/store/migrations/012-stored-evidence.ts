/** Stored entries whose bytes went bad, what they were mended with, and whose life this database lives. */
export const storedEvidence = `
create table entry_damages (
  device      text not null,
  incarnation uuid not null,
  seq         bigint not null,
  -- What the stored text hashes to now; the entry says otherwise.
  found_hash  text not null,
  found_at    timestamptz not null,
  primary key (device, incarnation, seq),
  foreign key (device, incarnation, seq) references journal_entries
);
create trigger entry_damages_append_only before update or delete on entry_damages
  for each row execute function refuse_change();

-- The stored row stays as it was found; its text is read from here.
create table entry_repairs (
  device      text not null,
  incarnation uuid not null,
  seq         bigint not null,
  previous_hash text not null check (previous_hash ~ '^[0-9a-f]{64}$'),
  hash        text not null check (hash ~ '^[0-9a-f]{64}$'),
  entry_text  text not null,
  signature   text,
  repaired_at timestamptz not null,
  primary key (device, incarnation, seq),
  foreign key (device, incarnation, seq) references entry_damages
);
create trigger entry_repairs_append_only before update or delete on entry_repairs
  for each row execute function refuse_change();

-- Entries as they are to be read: a damaged text is replaced by the one that was sent again and hashes as it should.
create view proven_entries as
  select e.device, e.incarnation, e.seq, e.uuid, e.carried_uuid, e.repeats_uuid, e.kind,
         coalesce(r.previous_hash, e.previous_hash) as previous_hash, coalesce(r.hash, e.hash) as hash,
         coalesce(r.entry_text, e.entry_text) as entry_text, r.repaired_at,
         coalesce(r.signature, e.signature) as signature, e.signature_state, e.made_at, e.made_at_true, e.received_at
    from journal_entries e
    left join entry_repairs r using (device, incarnation, seq);

-- Where this life of the database runs. A copy of it, a restore or a failover runs elsewhere, and is another life.
alter table cloud_epoch
  add column system_identifier text,
  add column timeline          text,
  add column database_oid      bigint;

create table cloud_epoch_changes (
  epoch      uuid primary key,
  before     uuid not null,
  reason     text not null,
  changed_at timestamptz not null
);
create trigger cloud_epoch_changes_append_only before update or delete on cloud_epoch_changes
  for each row execute function refuse_change();
`;
