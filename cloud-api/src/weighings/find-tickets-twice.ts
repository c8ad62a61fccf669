import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/** A number that stands on the tickets of more than one session. */
export interface TicketTwice {
  ticketNo: string;
  sessionIds: string[];
}

/**
 * Which of these numbers stand on more than one session. A clone shares its first ticket with what it replaces. Each number is
 * looked up by itself (`offset 0`): taken together, a planner that knows nothing of the table yet reads all of it.
 */
export async function findTicketsTwice(trx: Trx, ticketNos: readonly string[]): Promise<TicketTwice[]> {
  if (ticketNos.length === 0) return [];
  const found = await sql<TicketTwice>`
    select asked.ticket_no as "ticketNo", array_agg(distinct issued.id::text order by issued.id::text) as "sessionIds"
      from unnest(${ticketNos}::text[]) as asked(ticket_no)
     cross join lateral (
             (select id from weighing_sessions
               where first_ticket_no = asked.ticket_no and clone_of is null offset 0)
             union all
             (select id from weighing_sessions where second_ticket_no = asked.ticket_no offset 0)) issued
     group by asked.ticket_no having count(distinct issued.id) > 1 order by asked.ticket_no`.execute(trx);
  return found.rows;
}
