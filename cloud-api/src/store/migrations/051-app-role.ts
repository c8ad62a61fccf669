/** Tables of which no row is ever changed or deleted by the program. */
const appendOnly = [
  'journal_entries',
  'ledger_entries',
  'bills',
  'bill_lines',
  'bill_sessions',
  'payments',
  'account_transactions',
  'account_postings',
  'allocation_answers',
  'reconciliations',
  'vat_rates',
  'buyer_details',
  'provider_tax_details',
].join(', ');

/**
 * The role the program works as: it owns nothing, so no statement of it can switch off a trigger or change what is history.
 * Where the role cannot be made, the triggers alone stand in the way, and the owner of the tables could switch them off.
 */
export const appRole = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'weighgate_app') then
    create role weighgate_app nologin;
  end if;
exception
  when insufficient_privilege then
    raise warning 'the role weighgate_app cannot be made by %: issued bills are kept by triggers alone', current_user;
  -- Another database of this server made it at the same moment.
  when duplicate_object or unique_violation then null;
end $$;

do $$
begin
  if not exists (select from pg_roles where rolname = 'weighgate_app') then
    return;
  end if;
  execute format('grant weighgate_app to %I', current_user);
  execute format('grant usage on schema %I to weighgate_app', current_schema());
  execute format('grant select, insert, update, delete on all tables in schema %I to weighgate_app', current_schema());
  execute format('grant usage, select on all sequences in schema %I to weighgate_app', current_schema());
  execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to weighgate_app',
                 current_schema());
  execute format('alter default privileges in schema %I grant usage, select on sequences to weighgate_app',
                 current_schema());
  revoke update, delete on ${appendOnly} from weighgate_app;
  revoke delete on bill_runs, bill_series from weighgate_app;
  -- A credit note takes a session off its bill, and does nothing else to it.
  grant update (reversed_by) on bill_sessions to weighgate_app;
exception
  when insufficient_privilege then
    raise warning 'weighgate_app cannot be given its privileges by %: issued bills are kept by triggers alone', current_user;
end $$;
`;
