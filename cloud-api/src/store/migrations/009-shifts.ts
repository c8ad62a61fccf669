/** Operators and their shifts, and how often each device was adjusted, projected from journal entries. */
export const shifts = `
create table operators (
  operator_id uuid primary key,
  device      text not null,
  name        text not null,
  role        text not null check (role in ('weigher', 'supervisor')),
  blocked     boolean not null
);

create table shifts (
  shift_id    uuid primary key,
  operator_id uuid not null,
  operator    text not null,
  device      text not null,
  opened_at   timestamptz not null,
  closed_at   timestamptz,
  closed_by   text,
  -- What the shift did, as its device counted it from its journal.
  counts      jsonb,
  offline_ms  bigint check (offline_ms >= 0),
  constraint closed_is_told_whole check (
    (closed_at is null) = (closed_by is null)
    and (closed_at is null) = (counts is null)
    and (closed_at is null) = (offline_ms is null))
);
create index shifts_by_operator on shifts (operator_id, opened_at);

-- The highest that each counter of a device ever was: a reinstalled device begins at zero and is seen.
create table adjustment_counters (
  device text primary key,
  cfg    integer not null check (cfg >= 0),
  cal    integer not null check (cal >= 0)
);
`;
