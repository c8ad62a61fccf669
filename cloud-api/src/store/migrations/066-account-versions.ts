/**
 * How often an account of a user or an operator was changed: what an update names with If-Match. Of users only what an
 * administrator decides counts: signing in changes rows, too.
 */
export const accountVersions = `
alter table users             add column version bigint not null default 1;
alter table operator_accounts add column version bigint not null default 1;
create trigger a_change_counts before update of role, disabled_at, totp_since on users
  for each row execute function count_version();
create trigger a_change_counts before update on operator_accounts
  for each row execute function count_version();
`;
