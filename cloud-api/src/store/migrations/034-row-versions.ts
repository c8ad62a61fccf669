/** How often a row of the registry was changed: what an update names with If-Match. Counted by the database, so no writer forgets it. */
export const rowVersions = `
alter table providers  add column version bigint not null default 1;
alter table trucks     add column version bigint not null default 1;
alter table containers add column version bigint not null default 1;

create function count_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;
create trigger a_change_counts before update on providers  for each row execute function count_version();
create trigger a_change_counts before update on trucks     for each row execute function count_version();
create trigger a_change_counts before update on containers for each row execute function count_version();
`;
