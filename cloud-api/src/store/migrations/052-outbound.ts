/** What leaves us for others: mails and webhooks, written with their cause, every attempt to send them beside them. */
export const outbound = `
create table webhook_endpoints (
  endpoint_id   uuid primary key,
  url           text not null,
  event_types   text[] not null check (cardinality(event_types) between 1 and 50),
  sealed_secret text not null,
  created_at    timestamptz not null,
  created_by    text not null,
  ended_at      timestamptz,
  ended_by      text,
  check ((ended_at is null) = (ended_by is null))
);

create table outbound_messages (
  message_id      uuid primary key,
  channel         text not null check (channel in ('mail', 'webhook')),
  -- What it is sent for: one message for each cause and receiver, however often it is asked for.
  cause           text not null check (length(cause) between 1 and 200),
  -- An e-mail address, or the id of an endpoint.
  receiver        text not null,
  content         text not null check (length(content) <= 8000000),
  created_at      timestamptz not null,
  state           text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
  attempts        int not null default 0 check (attempts >= 0),
  attempts_left   int not null check (attempts_left >= 0),
  -- While somebody sends it: when they are given up.
  next_attempt_at timestamptz not null,
  last_detail     text,
  check (state <> 'waiting' or attempts_left > 0 or attempts > 0),
  unique (channel, cause, receiver)
);
create index outbound_messages_waiting on outbound_messages (next_attempt_at) where state = 'waiting';
create index outbound_messages_by_state on outbound_messages (state, message_id);

-- What was to be sent is history as soon as it is written; only how far it came changes.
create function keep_outbound_content() returns trigger language plpgsql as $$
begin
  if (new.message_id, new.channel, new.cause, new.receiver, new.content, new.created_at)
     is distinct from (old.message_id, old.channel, old.cause, old.receiver, old.content, old.created_at) then
    raise exception 'outbound_messages: what is to be sent never changes';
  end if;
  return new;
end $$;
create trigger outbound_content_stays before update on outbound_messages
  for each row execute function keep_outbound_content();
create trigger outbound_messages_stay before delete on outbound_messages
  for each row execute function refuse_change();

create table outbound_attempts (
  message_id uuid not null references outbound_messages,
  number     int not null check (number > 0),
  started_at timestamptz not null,
  ended_at   timestamptz not null,
  outcome    text not null check (outcome in ('sent', 'failed')),
  -- The answer's status, where there was an answer.
  status     int,
  detail     text not null,
  primary key (message_id, number)
);
create trigger outbound_attempts_append_only before update or delete on outbound_attempts
  for each row execute function refuse_change();
`;
