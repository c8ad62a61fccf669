/** Rates, valid in half-open ranges that never overlap for one produce and one provider (or all). */
export const billing = `
create extension if not exists btree_gist;

create table rates (
  id                uuid primary key,
  produce           text not null references produce,
  provider_id       bigint references providers,
  rate_per_kg_minor numeric(18, 4) not null check (rate_per_kg_minor >= 0),
  valid_from        timestamptz,
  valid_to          timestamptz,
  created_at        timestamptz not null,
  check (valid_from < valid_to),
  -- Provider ids start at 10001, so 0 can stand for "all".
  constraint rates_do_not_overlap exclude using gist (
    produce with =,
    (coalesce(provider_id, 0)) with =,
    (tstzrange(valid_from, valid_to, '[)')) with &&)
);
`;
