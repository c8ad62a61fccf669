/** What was handed to the accountants: batches with gapless numbers, each bill in exactly one, kept as they were given. */
export const accountingBatches = `
create table accounting_batches (
  number     bigint primary key check (number > 0),
  bill_count integer not null check (bill_count > 0),
  content    text not null,
  sha256     text not null check (sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')),
  made_at    timestamptz not null,
  made_by    text not null
);
create table accounting_batch_bills (
  bill_id      uuid primary key references bills,
  batch_number bigint not null references accounting_batches,
  place        integer not null check (place > 0),
  unique (batch_number, place)
);

create function take_the_next_batch_number() returns trigger language plpgsql as $$
begin
  if new.number <> (select coalesce(max(number), 0) + 1 from accounting_batches) then
    raise exception 'accounting batch % is not the next', new.number;
  end if;
  return new;
end $$;
create trigger accounting_batches_are_gapless before insert on accounting_batches
  for each row execute function take_the_next_batch_number();
${['accounting_batches', 'accounting_batch_bills']
  .map(
    (table) => `
create trigger ${table}_append_only before update or delete on ${table}
  for each row execute function refuse_change();
create trigger ${table}_no_truncate before truncate on ${table}
  for each statement execute function refuse_change();`,
  )
  .join('')}
`;
