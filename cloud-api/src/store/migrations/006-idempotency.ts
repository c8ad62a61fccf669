/** Answers already given to an Idempotency-Key, written in the transaction of their effect. */
export const idempotency = `
create table idempotency_keys (
  route      text not null,
  key        text not null,
  body_hash  text not null,
  status     integer not null,
  response   text not null,
  created_at timestamptz not null,
  primary key (route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
`;
