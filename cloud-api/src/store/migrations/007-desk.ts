/** Sessions that no longer count, sessions that take another's place, and nets that were completed later. */
export const desk = `
-- The stage a session had reached stays in state; ended says that it counts no more, and by which entry.
alter table weighing_sessions
  add column ended            text check (ended in ('superseded', 'voided')),
  add column ended_entry_uuid uuid,
  add column clone_of         uuid references weighing_sessions,
  add constraint an_end_names_its_entry check ((ended is null) = (ended_entry_uuid is null));

-- A clone stands on the first weight of the session it replaces, and so has its first ticket.
alter table weighing_sessions drop constraint weighing_sessions_first_ticket_no_key;
create unique index one_weighing_in_per_first_ticket_no on weighing_sessions (first_ticket_no) where clone_of is null;

-- A session weighed once has a stored tare in place of a second weight.
alter table weighing_sessions
  add column stored_tare text check (stored_tare in ('weighed', 'preset')),
  drop constraint closed_has_a_second_weighing,
  add constraint closed_has_a_second_weighing_or_a_stored_tare check (
    (state = 'closed') = (second_ticket_no is not null)
    and (state = 'closed') = (containers_out is not null)
    and (state = 'closed') = (weighed_out_at is not null)
    and (state = 'closed' and stored_tare is null) = (second_weight_id is not null)
    and (second_weight_id is null) = (second_gross_g is null)
    and (stored_tare is null or state = 'closed'));

-- A delivery is taken back at most once.
create unique index one_correction_per_delivery on ledger_entries (corrects_entry_id)
  where corrects_entry_id is not null;
`;
