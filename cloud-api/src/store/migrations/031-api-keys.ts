/** Keys of machines. */
export const apiKeys = `
create table api_keys (
  key_id       uuid primary key,
  name         text not null check (name <> ''),
  -- The first characters of the key, for people to tell keys apart.
  prefix       text not null,
  key_hash     text not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
  permissions  text[] not null check (cardinality(permissions) > 0),
  provider_id  bigint references providers,
  created_at   timestamptz not null,
  created_by   text not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz,
  revoked_by   text,
  -- To the minute.
  last_used_at timestamptz,
  constraint a_revocation_names_who check ((revoked_at is null) = (revoked_by is null)),
  constraint a_key_ends_after_it_began check (expires_at > created_at)
);
`;
