/** Sessions and weights, projected from journal entries. */
export const weighings = `
create table weighing_sessions (
  id               uuid primary key,
  device           text not null,
  incarnation      uuid not null,
  site             text not null,
  state            text not null check (state in ('open', 'closed', 'single')),
  truck            text,
  truck_key        text,
  produce          text,
  containers_in    text[] not null,
  containers_out   text[],
  first_weight_id  uuid not null,
  first_gross_g    bigint not null check (first_gross_g >= 0),
  second_weight_id uuid,
  second_gross_g   bigint check (second_gross_g >= 0),
  truck_tare_g     bigint,
  net_g            bigint check (net_g >= 0),
  -- The containers a pending net waits for; null when no net is waited for.
  waiting_for      text[] check (cardinality(waiting_for) > 0),
  first_ticket_no  text not null unique,
  second_ticket_no text unique,
  weighed_in_at    timestamptz not null,
  weighed_out_at   timestamptz,
  constraint closed_has_a_second_weighing check (
    (state = 'closed') = (second_weight_id is not null)
    and (state = 'closed') = (second_gross_g is not null)
    and (state = 'closed') = (containers_out is not null)
    and (state = 'closed') = (second_ticket_no is not null)
    and (state = 'closed') = (weighed_out_at is not null)),
  constraint closed_net_is_known_or_pending check (
    case when state = 'closed' then (net_g is null) <> (waiting_for is null)
         else net_g is null and waiting_for is null end
    and (net_g is null) = (truck_tare_g is null)),
  constraint a_visit_has_a_truck check (state = 'single' or truck_key is not null)
);
create index weighing_sessions_by_weighed_in on weighing_sessions (weighed_in_at, id);
create index weighing_sessions_by_truck on weighing_sessions (truck_key, weighed_in_at);
create index weighing_sessions_pending on weighing_sessions (weighed_out_at) where waiting_for is not null;

create table registered_weights (
  weight_id     uuid primary key,
  session_id    uuid not null references weighing_sessions,
  place         text not null check (place in ('first', 'second', 'single')),
  gross_g       bigint not null check (gross_g >= 0),
  scale_id      text not null,
  registered_at timestamptz not null,
  device        text not null,
  incarnation   uuid not null,
  seq           bigint not null,
  unique (session_id, place),
  foreign key (device, incarnation, seq) references journal_entries
);
`;
