/** Who brings what, in which truck and container. The *_key columns hold the name as it is compared. */
export const registry = `
create table providers (
  id         bigint generated always as identity (start with 10001) primary key,
  name       text not null check (length(name) between 1 and 255),
  name_key   text not null constraint provider_name_taken unique,
  created_at timestamptz not null
);

create table trucks (
  id          text primary key check (length(id) between 1 and 20),
  truck_key   text not null constraint truck_taken unique,
  provider_id bigint not null references providers,
  created_at  timestamptz not null
);

create table containers (
  id              text primary key check (id ~ '^[A-Za-z0-9_-]{1,15}$'),
  tare_g          bigint not null check (tare_g >= 0),
  tare_entry_uuid uuid,
  updated_at      timestamptz not null
);

create table produce (
  id         text primary key check (length(id) between 1 and 50),
  created_at timestamptz not null
);
`;
