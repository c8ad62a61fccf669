/**
 * A number that stands on two tickets is an alarm, not a reason to leave a weighing out: where an old image of a disk
 * weighed offline, or two lives share four characters, both trucks were there.
 */
export const ticketNumbers = `
drop index one_weighing_in_per_first_ticket_no;
alter table weighing_sessions drop constraint weighing_sessions_second_ticket_no_key;
create index sessions_by_first_ticket_no on weighing_sessions (first_ticket_no);
create index sessions_by_second_ticket_no on weighing_sessions (second_ticket_no) where second_ticket_no is not null;
`;
