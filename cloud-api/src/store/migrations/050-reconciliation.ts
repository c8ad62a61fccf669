/** What is left of bills after their credit notes, and whether what was delivered is what was billed and is still to be. */
export const reconciliation = `
create view bill_line_rests as
  select l.bill_id, l.line_no, l.net_g + coalesce(sum(c.net_g), 0) as net_g,
         l.amount_minor + coalesce(sum(c.amount_minor), 0) as amount_minor
    from bill_lines l
    left join (bills n join bill_lines c on c.bill_id = n.id)
      on n.corrects_bill_id = l.bill_id and c.corrects_line = l.line_no
   group by l.bill_id, l.line_no;

create table reconciliations (
  id           uuid primary key,
  reconciled_at timestamptz not null,
  -- The night it was due for; null when a person asked for it.
  night        text unique check (night ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
  row_count    bigint not null check (row_count >= 0),
  -- Rows in which something does not add up, the first of them as JSON.
  differences  bigint not null check (differences >= 0),
  different    jsonb not null
);
create index reconciliations_by_time on reconciliations (reconciled_at, id);
create trigger reconciliations_append_only before update or delete on reconciliations
  for each row execute function refuse_change();
`;
