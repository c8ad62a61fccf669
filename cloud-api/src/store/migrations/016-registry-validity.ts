/** Since when and until when a row of the registry holds; operators of the sites; trucks that devices proposed. */
export const registryValidity = `
alter table providers
  add column status     text not null default 'active' check (status in ('active', 'revoked')),
  add column valid_from timestamptz,
  add column valid_to   timestamptz,
  add constraint a_provider_is_valid_for_a_time check (valid_from < valid_to);

-- An alias is another plate that a registered truck came under. It is billed as that truck is.
alter table trucks
  add column alias_of   text references trucks (truck_key) check (alias_of <> truck_key),
  add column valid_from timestamptz,
  add column valid_to   timestamptz,
  add constraint a_truck_is_valid_for_a_time check (valid_from < valid_to);

-- The tare that holds at an instant is the one with the latest valid_from not after it.
create table container_tares (
  container  text not null references containers,
  valid_from timestamptz not null,
  tare_g     bigint not null check (tare_g >= 0),
  set_at     timestamptz not null,
  -- The journal entry that measured it; null when it was typed.
  entry_uuid uuid,
  primary key (container, valid_from)
);
insert into container_tares (container, valid_from, tare_g, set_at, entry_uuid)
  select id, updated_at, tare_g, updated_at, tare_entry_uuid from containers;

-- Who may sign in at the sites named. Of a PIN there is a verifier alone.
create table operator_accounts (
  operator_id  uuid primary key,
  name         text not null check (length(name) between 1 and 60),
  name_key     text not null constraint operator_name_taken unique,
  role         text not null check (role in ('weigher', 'supervisor')),
  verifier     text not null check (verifier ~ '^[$]argon2id[$]'),
  sites        text[] not null check (cardinality(sites) between 1 and 100),
  valid_from   timestamptz,
  valid_to     timestamptz,
  withdrawn_at timestamptz,
  created_at   timestamptz not null,
  check (valid_from < valid_to)
);

create table truck_proposals (
  proposal_id uuid primary key,
  device      text not null,
  site        text not null,
  truck       text not null,
  truck_key   text not null,
  proposed_at timestamptz not null,
  outcome     text not null default 'open' check (outcome in ('open', 'accepted', 'mapped', 'turned_down')),
  -- The registered truck it turned out to be.
  mapped_key  text references trucks (truck_key),
  decided_at  timestamptz,
  constraint a_decision_is_whole check (
    (outcome = 'open') = (decided_at is null)
    and (outcome in ('accepted', 'mapped')) = (mapped_key is not null))
);
create index truck_proposals_open on truck_proposals (truck_key) where outcome = 'open';
`;
