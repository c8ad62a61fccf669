/** Which devices belong to which site, and by which certificates they are known. */
export const enrolment = `
create table sites (
  site       text primary key check (site ~ '^[A-Z0-9]{2,8}$'),
  created_at timestamptz not null
);

create table enrolled_devices (
  device      text primary key check (device ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  site        text not null references sites,
  enrolled_at timestamptz not null
);

-- A token is kept as its hash only: whoever reads this table can enrol nothing.
create table enrolment_tokens (
  token_hash          text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  site                text not null references sites,
  -- The one device that may use it; null for any that is new to the site.
  device              text check (device ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  needs_confirmation  boolean not null,
  created_at          timestamptz not null,
  expires_at          timestamptz not null,
  constraint a_token_ends_after_it_began check (expires_at > created_at)
);

-- One request a token: that is what makes a token good for one use.
create table enrolment_requests (
  request_id      uuid primary key,
  token_hash      text not null unique references enrolment_tokens,
  device          text not null,
  site            text not null references sites,
  csr             text not null,
  key_fingerprint text not null check (key_fingerprint ~ '^[0-9a-f]{64}$'),
  signing_key     text not null,
  state           text not null check (state in ('waiting', 'issued', 'refused')),
  requested_at    timestamptz not null,
  decided_at      timestamptz,
  decided_by      text,
  constraint a_decision_has_a_time check ((state = 'waiting') = (decided_at is null))
);
create index enrolment_requests_by_time on enrolment_requests (requested_at);

-- The list of admitted certificates: what is not in here, or is revoked, signs in nowhere.
create table device_certificates (
  fingerprint     text primary key check (fingerprint ~ '^[0-9a-f]{64}$'),
  serial          text not null unique check (serial ~ '^[0-9a-f]{2,40}$'),
  device          text not null references enrolled_devices,
  key_fingerprint text not null check (key_fingerprint ~ '^[0-9a-f]{64}$'),
  certificate     text not null,
  -- The request it answers; null when it renews another one.
  request_id      uuid unique references enrolment_requests,
  renews          text references device_certificates,
  not_before      timestamptz not null,
  not_after       timestamptz not null,
  issued_at       timestamptz not null,
  revoked_at      timestamptz,
  revoked_by      text,
  revoke_reason   text,
  constraint a_certificate_is_new_or_a_renewal check ((request_id is null) <> (renews is null)),
  constraint a_certificate_ends_after_it_began check (not_after > not_before),
  constraint a_revocation_says_who_and_why check (
    (revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoke_reason is null))
);
create index device_certificates_by_device on device_certificates (device);
`;
