/** What devices vouched for at the end of their shifts, and whether the same is here. */
export const completeness = `
create table shift_certificates (
  entry_uuid  uuid primary key,
  device      text not null,
  incarnation uuid not null,
  shift_id    uuid not null,
  first_seq   bigint not null check (first_seq > 0),
  last_seq    bigint not null check (last_seq >= first_seq),
  -- The text that the device signed.
  statement   text not null,
  signature   text not null,
  public_key  text not null,
  -- not_here: it is about a chain of which the device carried the rest over into another.
  outcome     text not null check (outcome in ('same', 'differs', 'not_here')),
  differences text[] not null,
  compared_at timestamptz not null,
  constraint a_difference_is_named check ((outcome = 'differs') = (cardinality(differences) > 0))
);
create index shift_certificates_by_device on shift_certificates (device, compared_at, entry_uuid);
create trigger shift_certificates_append_only before update or delete on shift_certificates
  for each row execute function refuse_change();
`;
