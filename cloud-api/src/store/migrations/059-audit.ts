/** Who did what to what, and why: a chain of hashes that grows at its end and changes nowhere. */
export const audit = `
-- What was done, in the transaction that did it. The text is what is hashed; everything else is read from it.
create table audit_changes (
  change_id    uuid primary key,
  entry_text   text not null check (length(entry_text) <= 262144),
  action       text not null generated always as (entry_text::jsonb ->> 'action') stored,
  at           text not null generated always as (entry_text::jsonb ->> 'at') stored,
  actor_id     text generated always as (entry_text::jsonb #>> '{actor,id}') stored,
  subject_kind text not null generated always as (entry_text::jsonb #>> '{subject,kind}') stored,
  subject_id   text generated always as (entry_text::jsonb #>> '{subject,id}') stored,
  request_id   text generated always as (entry_text::jsonb ->> 'requestId') stored
);
create index audit_changes_by_subject on audit_changes (subject_kind, subject_id);
create index audit_changes_by_actor on audit_changes (actor_id);

-- Its place in the chain: hash = SHA-256(bytes of previous_hash || UTF-8 of entry_text).
create table audit_chain (
  seq           bigint primary key check (seq > 0),
  change_id     uuid not null unique references audit_changes,
  previous_hash text not null check (previous_hash ~ '^[0-9a-f]{64}$'),
  hash          text not null check (hash ~ '^[0-9a-f]{64}$')
);

create table audit_head (
  only_row boolean primary key default true check (only_row),
  seq      bigint not null check (seq >= 0),
  hash     text not null check (hash ~ '^[0-9a-f]{64}$')
);
insert into audit_head (seq, hash)
  values (0, encode(sha256(convert_to('weighgate/v1/audit' || chr(10), 'UTF8')), 'hex'));

-- At the commit, not before: the head is locked last of all, for as long as the commit takes, and no transaction that
-- holds it waits for another.
create function chain_audit_change() returns trigger language plpgsql as $$
declare
  head audit_head;
  next_hash text;
begin
  select * into strict head from audit_head for update;
  next_hash := encode(sha256(decode(head.hash, 'hex') || convert_to(new.entry_text, 'UTF8')), 'hex');
  insert into audit_chain (seq, change_id, previous_hash, hash)
    values (head.seq + 1, new.change_id, head.hash, next_hash);
  update audit_head set seq = head.seq + 1, hash = next_hash;
  return null;
end $$;
create constraint trigger audit_changes_are_chained after insert on audit_changes
  deferrable initially deferred for each row execute function chain_audit_change();

create function refuse_audit_going_back() returns trigger language plpgsql as $$
begin
  if new.seq <> old.seq + 1 then
    raise exception 'the audit chain grows one by one: % after %', new.seq, old.seq;
  end if;
  return new;
end $$;
create trigger audit_head_goes_up before update on audit_head
  for each row execute function refuse_audit_going_back();
create trigger audit_head_stays before delete on audit_head
  for each row execute function refuse_change();
create trigger audit_head_no_truncate before truncate on audit_head
  for each statement execute function refuse_change();

-- What a person may have to be forgotten by stands here in clear, beside the chain, which holds salted hashes of it.
-- place is the JSON pointer (RFC 6901) in the text. A row may be deleted; what it says is never changed.
create table audit_clear_values (
  change_id uuid not null references audit_changes,
  place     text not null check (place ~ '^/'),
  salt      uuid not null,
  value     text not null,
  primary key (change_id, place)
);
create index audit_clear_values_by_subject on audit_clear_values (value) where place = '/subject/id';

-- How long the chain was, and how it ended, signed with the cloud's key.
create table audit_seals (
  seq        bigint not null check (seq >= 0),
  public_key text not null check (public_key ~ '^[A-Za-z0-9_-]{43}$'),
  statement  text not null,
  signature  text not null,
  primary key (seq, public_key)
);

create trigger audit_changes_append_only before update or delete on audit_changes
  for each row execute function refuse_change();
create trigger audit_changes_no_truncate before truncate on audit_changes
  for each statement execute function refuse_change();
create trigger audit_chain_append_only before update or delete on audit_chain
  for each row execute function refuse_change();
create trigger audit_chain_no_truncate before truncate on audit_chain
  for each statement execute function refuse_change();
create trigger audit_clear_values_never_change before update on audit_clear_values
  for each row execute function refuse_change();
create trigger audit_clear_values_no_truncate before truncate on audit_clear_values
  for each statement execute function refuse_change();
create trigger audit_seals_append_only before update or delete on audit_seals
  for each row execute function refuse_change();
create trigger audit_seals_no_truncate before truncate on audit_seals
  for each statement execute function refuse_change();
`;
