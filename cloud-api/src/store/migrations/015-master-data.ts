/** Master data as devices get it: every change once, in the order of its revision. */
export const masterData = `
-- The last revision given. Whoever changes master data locks this row before anything else and until the commit, so
-- revisions are committed in their order, and who reads revision n has seen all before it.
create table master_data_head (
  only_row boolean primary key default true check (only_row),
  revision bigint not null check (revision >= 0)
);
insert into master_data_head (revision) values (0);

create function refuse_going_back() returns trigger language plpgsql as $$
begin
  if new.revision <= old.revision then
    raise exception 'revisions of master data never go back: % after %', new.revision, old.revision;
  end if;
  return new;
end $$;
create trigger master_data_head_goes_up before update on master_data_head
  for each row execute function refuse_going_back();

-- scope is '*' for every site, or the code of the one site the row is for. body is the very text that is hashed and
-- sent; null is a tombstone. scope_digest is the digest of all live rows of the scope with this change made.
create table master_data_changes (
  revision     bigint primary key check (revision > 0),
  scope        text not null check (scope = '*' or scope ~ '^[A-Z0-9]{2,8}$'),
  entity       text not null check (entity ~ '^[a-z][a-z_]{0,39}$'),
  row_id       text not null check (length(row_id) between 1 and 64),
  body         text check (length(body) between 2 and 8192),
  scope_digest text not null check (scope_digest ~ '^[0-9a-f]{64}$'),
  changed_at   timestamptz not null
);
create index master_data_changes_by_scope on master_data_changes (scope, revision);
create index master_data_changes_by_row on master_data_changes (scope, entity, row_id, revision);
create index master_data_changes_by_age on master_data_changes (changed_at, revision);
create trigger master_data_changes_append_only before update or delete on master_data_changes
  for each row execute function refuse_change();
create trigger master_data_changes_no_truncate before truncate on master_data_changes
  for each statement execute function refuse_change();
`;
