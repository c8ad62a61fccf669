/** Disputes of providers about lines of their bills: opened, answered, resolved, and every step with who and when. */
export const disputes = `
create table disputes (
  dispute_id    uuid primary key,
  bill_id       uuid not null,
  line_no       integer not null,
  provider_id   bigint not null references providers,
  state         text not null check (state in ('open', 'answered', 'resolved')),
  version       bigint not null default 1 check (version > 0),
  -- The evidence pack of the line as it was when the dispute was opened; null where it was too large for one file.
  evidence      text check (length(evidence) <= 100000000),
  evidence_hash text check (evidence_hash = encode(sha256(convert_to(evidence, 'UTF8')), 'hex')),
  foreign key (bill_id, line_no) references bill_lines,
  check ((evidence is null) = (evidence_hash is null))
);
create unique index one_open_dispute_per_line on disputes (bill_id, line_no) where state <> 'resolved';
create index disputes_by_provider on disputes (provider_id, dispute_id);

create table dispute_steps (
  dispute_id     uuid not null references disputes,
  no             integer not null check (no between 1 and 3),
  kind           text not null check (kind in ('opened', 'answered', 'resolved')),
  said           text not null check (length(said) between 1 and 4000),
  outcome        text check (outcome in ('credited', 'upheld')),
  credit_note_id uuid references bills,
  by_whom        text not null,
  at             timestamptz not null,
  primary key (dispute_id, no),
  unique (dispute_id, kind),
  constraint a_resolution_has_an_outcome check ((kind = 'resolved') = (outcome is not null)),
  constraint what_is_credited_names_its_note check ((outcome is not distinct from 'credited') = (credit_note_id is not null))
);
create trigger dispute_steps_append_only before update or delete on dispute_steps
  for each row execute function refuse_change();
create trigger dispute_steps_no_truncate before truncate on dispute_steps
  for each statement execute function refuse_change();

create function keep_what_is_disputed() returns trigger language plpgsql as $$
begin
  if (new.dispute_id, new.bill_id, new.line_no, new.provider_id, new.evidence_hash)
     is distinct from (old.dispute_id, old.bill_id, old.line_no, old.provider_id, old.evidence_hash)
     or new.evidence is distinct from old.evidence or old.state = 'resolved'
     or new.version <> old.version + 1 then
    raise exception 'disputes: what is disputed never changes, and what was resolved stays so';
  end if;
  return new;
end $$;
create trigger disputes_go_forward before update on disputes
  for each row execute function keep_what_is_disputed();
create trigger disputes_stay before delete on disputes for each row execute function refuse_change();
`;
