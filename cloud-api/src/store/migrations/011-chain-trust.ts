/** Who signs for a chain, what devices say of their boots, what a person has to look at, and what became of parked entries. */
export const chainTrust = `
-- A device may sign with more than one key over time. A key without an incarnation holds for every chain of its device.
create table device_signing_keys (
  device         text not null check (device ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  public_key     text not null check (public_key ~ '^[A-Za-z0-9_-]{43}$'),
  incarnation    uuid,
  valid_from_seq bigint not null default 1 check (valid_from_seq > 0),
  -- Last entry the key may sign; null while it is in use.
  valid_to_seq   bigint check (valid_to_seq >= valid_from_seq),
  registered_at  timestamptz not null,
  -- From then on nothing signed by the key is taken for good: it was revoked.
  retired_at     timestamptz,
  primary key (device, public_key)
);

alter table journal_entries
  -- The fact inside an entry that carries one over from an earlier chain.
  add column carried_uuid    uuid,
  add column signature_state text not null default 'unverified'
    check (signature_state in ('verified', 'unverified')),
  -- When the entry was made: by the device's clock as it stood, and as far as it can be told by ours.
  add column made_at         timestamptz,
  add column made_at_true    timestamptz;
drop index one_entry_per_fact;
create unique index one_entry_per_fact on journal_entries ((coalesce(carried_uuid, uuid))) where not repeats_uuid;
create index unverified_entries on journal_entries (device, incarnation, seq) where signature_state = 'unverified';

-- One row for each time a device's machine was started: true time of an entry is told from the boot it was made in.
create table device_boots (
  device        text not null,
  boot_id       text not null,
  incarnation   uuid not null,
  -- Order in which the boots were first heard of.
  first_heard   bigint generated always as identity,
  first_hello_at timestamptz not null,
  -- The last HELLO of the boot: the device's monotonic clock, its wall clock, and ours.
  mono_ms       bigint not null,
  wall_ms       bigint not null,
  last_hello_at timestamptz not null,
  primary key (device, boot_id)
);

alter table devices
  -- Whether it reads the messages that say "sync-2".
  add column speaks_sync_2      boolean not null default false,
  -- Two machines speak under this name: no command is sent to it until somebody has looked.
  add column quarantined_at     timestamptz,
  add column quarantine_reason  text,
  add constraint a_quarantine_has_a_reason check ((quarantined_at is null) = (quarantine_reason is null));

create table alarms (
  id              uuid primary key,
  code            text not null,
  device          text not null,
  incarnation     uuid,
  seq             bigint,
  detail          text not null,
  raised_at       timestamptz not null,
  last_seen_at    timestamptz not null,
  times           bigint not null check (times > 0),
  acknowledged_at timestamptz,
  acknowledged_by text,
  acknowledged_why text,
  constraint an_acknowledgement_is_whole check (
    (acknowledged_at is null) = (acknowledged_by is null)
    and (acknowledged_at is null) = (acknowledged_why is null))
);
-- What goes on being wrong is one alarm that counts, however often it is seen.
create unique index one_open_alarm on alarms
  (code, device, coalesce(incarnation, '00000000-0000-0000-0000-000000000000'))
  where acknowledged_at is null;
create function refuse_forgetting() returns trigger language plpgsql as $$
begin
  raise exception '% keeps what it has: % refused', tg_table_name, tg_op;
end $$;
create trigger alarms_are_kept before delete on alarms for each row execute function refuse_forgetting();

-- What was done about a parked entry. It is over once it was applied or a person has resolved it.
create table parked_attempts (
  id          uuid primary key,
  device      text not null,
  incarnation uuid not null,
  seq         bigint not null,
  outcome     text not null check (outcome in ('applied', 'still_parked', 'resolved')),
  -- Why it is still parked, or why it was resolved.
  reason      text,
  detail      text,
  by_whom     text not null,
  attempted_at timestamptz not null,
  foreign key (device, incarnation, seq) references parked_entries,
  constraint only_applied_needs_no_reason check ((outcome = 'applied') = (reason is null))
);
create unique index one_end_per_parked_entry on parked_attempts (device, incarnation, seq)
  where outcome in ('applied', 'resolved');
create index parked_attempts_by_entry on parked_attempts (device, incarnation, seq, attempted_at);
create trigger parked_attempts_append_only before update or delete on parked_attempts
  for each row execute function refuse_change();
create index parked_entries_by_age on parked_entries (parked_at, device, incarnation, seq);

create view open_parked_entries as
  select p.*
    from parked_entries p
   where not exists (
     select from parked_attempts a
      where a.device = p.device and a.incarnation = p.incarnation and a.seq = p.seq
        and a.outcome in ('applied', 'resolved'));
`;
