/** What we owe each provider, in double entry: every transaction sums to zero, and nothing posted is changed. */
export const providerAccounts = `
create table payments (
  id           uuid primary key,
  bill_id      uuid not null references bills,
  provider_id  bigint not null references providers,
  -- Paid to the provider; below zero where a payment is taken back.
  amount_minor numeric(30, 0) not null check (amount_minor <> 0),
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  paid_at      timestamptz not null,
  -- What the bank calls it.
  reference    text not null check (length(reference) between 1 and 120),
  reverses     uuid unique references payments,
  recorded_by  text not null,
  recorded_at  timestamptz not null,
  constraint a_reversal_is_below_zero check ((amount_minor < 0) = (reverses is not null)),
  constraint a_payment_is_recorded_once unique (bill_id, reference)
);
create index payments_by_provider on payments (provider_id, id);

create table account_transactions (
  id          uuid primary key,
  provider_id bigint not null references providers,
  kind        text not null check (kind in ('bill', 'credit_note', 'payment')),
  bill_id     uuid unique references bills,
  payment_id  uuid unique references payments,
  currency    text not null check (currency ~ '^[A-Z]{3}$'),
  posted_at   timestamptz not null,
  constraint a_transaction_has_one_cause check (
    (kind in ('bill', 'credit_note')) = (bill_id is not null) and (kind = 'payment') = (payment_id is not null))
);
create index account_transactions_by_provider on account_transactions (provider_id, id);

-- Debits are above zero, credits below. payable: what we owe the provider, a credit while we owe.
create table account_postings (
  transaction_id uuid not null references account_transactions,
  account        text not null check (account in ('payable', 'purchases', 'input_vat', 'bank')),
  amount_minor   numeric(30, 0) not null,
  primary key (transaction_id, account)
);

create function require_balance() returns trigger language plpgsql as $$
declare
  checked uuid := case tg_table_name when 'account_postings' then (to_jsonb(new) ->> 'transaction_id')::uuid
                                     else (to_jsonb(new) ->> 'id')::uuid end;
  found_sum numeric;
  found_count bigint;
begin
  select coalesce(sum(amount_minor), 0), count(*) into found_sum, found_count
    from account_postings where transaction_id = checked;
  if found_sum <> 0 or found_count < 2 then
    raise exception 'transaction % does not balance: % postings, sum %', checked, found_count, found_sum;
  end if;
  return null;
end $$;
-- Looked at when all its postings are there: at the commit.
create constraint trigger account_transactions_balance after insert on account_transactions
  deferrable initially deferred for each row execute function require_balance();
create constraint trigger account_postings_balance after insert on account_postings
  deferrable initially deferred for each row execute function require_balance();
${['payments', 'account_transactions', 'account_postings']
  .map(
    (table) => `
create trigger ${table}_append_only before update or delete on ${table}
  for each row execute function refuse_change();
create trigger ${table}_no_truncate before truncate on ${table}
  for each statement execute function refuse_change();`,
  )
  .join('')}

create view provider_balances as
  select t.provider_id, t.currency,
         -sum(p.amount_minor) as owed_minor,
         -sum(p.amount_minor) filter (where t.kind = 'bill') as billed_minor,
         sum(p.amount_minor) filter (where t.kind = 'credit_note') as credited_minor,
         sum(p.amount_minor) filter (where t.kind = 'payment') as paid_minor
    from account_transactions t
    join account_postings p on p.transaction_id = t.id and p.account = 'payable'
   group by t.provider_id, t.currency;
`;
