/** Shifts of the kiosk and of the cloud in one history, and the rules they keep. */
export const shiftHistory = `
-- Length of a shift, and how long counted figures are kept, are data.
create table shift_rules (
  only_row           boolean primary key default true check (only_row),
  max_length_minutes integer not null default 960 check (max_length_minutes between 60 and 2880),
  statistics_ttl_s   integer not null default 60 check (statistics_ttl_s between 0 and 3600),
  version            bigint not null default 1
);
insert into shift_rules default values;
create trigger a_change_counts before update on shift_rules for each row execute function count_version();

-- People who have shifts. operator_id is who they are at a kiosk; without one, no weighing names them.
create table shift_staff (
  staff_id    bigint generated always as identity primary key,
  name        text not null check (length(name) between 1 and 100),
  employee_id text not null constraint employee_id_taken unique check (length(employee_id) between 1 and 50),
  role        text not null check (role in ('weigher', 'supervisor', 'admin')),
  is_active   boolean not null default true,
  operator_id uuid constraint operator_has_shifts_already unique,
  created_at  timestamptz not null
);
insert into shift_staff (name, employee_id, role, operator_id, created_at)
  select distinct on (s.operator_id) s.operator, 'kiosk:' || s.operator_id, coalesce(o.role, 'weigher'), s.operator_id, s.opened_at
    from shifts s left join operators o using (operator_id)
   order by s.operator_id, s.opened_at;

alter table shifts
  alter column device drop not null,
  alter column operator_id drop not null,
  add column number bigint generated always as identity unique,
  add column staff_id bigint references shift_staff,
  add column origin text not null default 'kiosk' check (origin in ('kiosk', 'cloud')),
  add column shift_type text check (shift_type in ('morning', 'afternoon', 'night')),
  add column notes text check (length(notes) <= 500),
  -- Why somebody else closed it.
  add column forced_why text,
  -- Its place in the chain of its device: what was done in it stands between.
  add column incarnation uuid,
  add column opened_seq bigint,
  add column closed_seq bigint,
  drop constraint closed_is_told_whole,
  add constraint closed_is_told_whole check (
    (closed_at is null) = (closed_by is null)
    and (origin = 'cloud' or (closed_at is null) = (counts is null))
    and (origin = 'cloud' or (closed_at is null) = (offline_ms is null))),
  add constraint a_shift_has_its_origin check (
    (origin = 'kiosk') = (device is not null) and (origin = 'cloud') = (shift_type is not null)),
  add constraint a_shift_ends_after_it_begins check (origin = 'kiosk' or closed_at >= opened_at);

update shifts set staff_id = shift_staff.staff_id from shift_staff where shift_staff.operator_id = shifts.operator_id;
alter table shifts alter column staff_id set not null;
update shifts set incarnation = e.incarnation, opened_seq = e.seq
  from journal_entries e
 where e.kind = 'shift.opened' and e.device = shifts.device and e.entry_text::jsonb #>> '{body,shiftId}' = shift_id::text;
update shifts set closed_seq = e.seq
  from journal_entries e
 where e.kind = 'shift.closed' and e.device = shifts.device and e.incarnation = shifts.incarnation
   and e.entry_text::jsonb #>> '{body,shiftId}' = shift_id::text;

-- What a kiosk did is a fact and is kept as it was; of two that are begun here, one is refused.
alter table shifts add constraint one_shift_at_a_time
  exclude using gist (staff_id with =, tstzrange(opened_at, closed_at) with &&) where (origin = 'cloud');
create index shifts_by_opened on shifts (opened_at desc, number desc);
create index shifts_by_staff on shifts (staff_id, opened_at);

-- A shift that was written down wrongly stays as it was; how it really was stands here, the last word first.
create table shift_corrections (
  correction_id uuid primary key,
  shift_id      uuid not null references shifts,
  opened_at     timestamptz not null,
  closed_at     timestamptz not null,
  notes         text check (length(notes) <= 500),
  why           text not null,
  by_whom       text not null,
  made_at       timestamptz not null,
  check (opened_at <= closed_at)
);
create index shift_corrections_by_shift on shift_corrections (shift_id, correction_id desc);
create trigger shift_corrections_append_only before update or delete on shift_corrections
  for each row execute function refuse_change();
create trigger shift_corrections_no_truncate before truncate on shift_corrections
  for each statement execute function refuse_change();

-- Shifts as they are to be read.
create view known_shifts as
  select s.shift_id, s.number, s.staff_id, s.origin, s.device, s.operator, s.operator_id, s.shift_type,
         s.closed_by, s.forced_why, s.counts, s.offline_ms, s.incarnation, s.opened_seq, s.closed_seq,
         coalesce(c.opened_at, s.opened_at) as opened_at, coalesce(c.closed_at, s.closed_at) as closed_at,
         case when c.correction_id is null then s.notes else c.notes end as notes, c.why as corrected_why
    from shifts s
    left join lateral (select * from shift_corrections where shift_id = s.shift_id
                        order by correction_id desc limit 1) c on true;

-- Entries come roughly in the order of their time: a few pages tell where those of a time stand.
create index journal_entries_by_made_at on journal_entries using brin (made_at);

-- Whoever works as the application changes no history.
do $$
begin
  if exists (select from pg_roles where rolname = 'weighgate_app') then
    revoke update, delete on audit_changes, audit_chain, audit_seals, shift_corrections from weighgate_app;
    revoke update on audit_clear_values from weighgate_app;
    revoke delete on audit_head from weighgate_app;
  end if;
exception
  when insufficient_privilege then
    raise warning 'weighgate_app keeps its privileges: the audit is kept by triggers alone';
end $$;
`;
