/** Users, their sign-in sessions, and the keys that sign access tokens. Whoever reads these tables can sign in nowhere. */
export const identity = `
create table users (
  user_id       uuid primary key,
  name          text not null check (name <> ''),
  -- The name as it is compared: without regard to case.
  name_key      text not null unique,
  role          text not null
    check (role in ('admin', 'billing', 'supervisor', 'weigher', 'auditor', 'provider', 'viewer')),
  provider_id   bigint references providers,
  -- Null until the person has set one by a one-time token.
  password_hash text check (password_hash ~ '^[$]argon2id[$]'),
  disabled_at   timestamptz,
  created_at    timestamptz not null,
  -- The secret of the second factor, sealed; it counts from when it was confirmed by a code.
  totp_secret   text,
  totp_since    timestamptz,
  -- The time step of the last code that was taken: a code is good once.
  totp_step     bigint,
  constraint a_provider_user_has_one_provider check ((role = 'provider') = (provider_id is not null)),
  constraint a_second_factor_has_a_secret check (totp_since is null or totp_secret is not null)
);

create table recovery_codes (
  code_hash text primary key check (code_hash ~ '^[0-9a-f]{64}$'),
  user_id   uuid not null references users,
  used_at   timestamptz
);
create index recovery_codes_by_user on recovery_codes (user_id);

create table sign_in_sessions (
  session_id   uuid primary key,
  user_id      uuid not null references users,
  started_at   timestamptz not null,
  last_used_at timestamptz not null,
  user_agent   text not null,
  address      text not null,
  ended_at     timestamptz,
  end_reason   text check (end_reason in
    ('signed_out', 'revoked', 'too_many', 'refresh_token_reused', 'password_changed', 'user_changed')),
  constraint an_end_has_a_reason check ((ended_at is null) = (end_reason is null))
);
create index sign_in_sessions_by_user on sign_in_sessions (user_id, started_at);

-- Every refresh token a session ever had until it would have expired: one that comes again ends the session.
create table refresh_tokens (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  session_id uuid not null references sign_in_sessions,
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index refresh_tokens_by_expiry on refresh_tokens (expires_at);

-- Setting a first password, or a new one: good once, and known here by its hash.
create table password_tokens (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  -- Null for the token of the first run, which makes the first administrator.
  user_id    uuid references users,
  expires_at timestamptz not null,
  used_at    timestamptz
);

-- Failed sign-ins that still count, by account and address; '*' stands for all of them.
create table sign_in_failures (
  account       text not null,
  address       text not null,
  failures      integer not null check (failures >= 0),
  last_at       timestamptz not null,
  blocked_until timestamptz not null,
  primary key (account, address)
);
create index sign_in_failures_by_time on sign_in_failures (last_at);

create table identity_events (
  event_id   uuid primary key,
  at         timestamptz not null,
  kind       text not null,
  user_id    uuid references users,
  actor      text not null,
  address    text,
  user_agent text,
  detail     jsonb not null
);
create index identity_events_by_user on identity_events (user_id, event_id);

create table token_signing_keys (
  kid            text primary key check (kid ~ '^[0-9a-f]{32}$'),
  -- Public, as a JSON Web Key.
  public_jwk     jsonb not null,
  -- Private, sealed with the secret in the data folder.
  private_sealed text not null,
  signs_from     timestamptz not null,
  signs_until    timestamptz not null,
  verifies_until timestamptz not null,
  constraint a_key_verifies_longer_than_it_signs check (signs_from < signs_until and signs_until < verifies_until)
);
`;
