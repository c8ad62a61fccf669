/** What turned out to be one: which provider or truck was taken for which, why, and who said so. */
export const merges = `
create table registry_merges (
  merge_id  bigint generated always as identity primary key,
  kind      text not null check (kind in ('provider', 'truck')),
  -- Id of a provider, plate of a truck.
  merged    text not null,
  into_one  text not null check (into_one <> merged),
  reason    text not null check (length(reason) between 1 and 500),
  merged_by text not null,
  merged_at timestamptz not null,
  unique (kind, merged)
);
create trigger registry_merges_append_only before update or delete on registry_merges
  for each row execute function refuse_change();
create trigger registry_merges_no_truncate before truncate on registry_merges
  for each statement execute function refuse_change();
`;
