import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/** A number that stands on the tickets of more than one session. */
export interface TicketTwice {
  ticketNo: string;
  sessionIds: string[];
}

/** Which of these numbers stand on more than one session. A clone shares its first ticket with what it replaces. */
export async function findTicketsTwice(trx: Trx, ticketNos: readonly string[]): Promise<TicketTwice[]> {
  if (ticketNos.length === 0) return [];
  const found = await sql<TicketTwice>`
    select ticket_no as "ticketNo", array_agg(id::text order by id) as "sessionIds"
      from (select id, first_ticket_no as ticket_no from weighing_sessions
             where first_ticket_no = any(${ticketNos}) and clone_of is null
            union
            select id, second_ticket_no from weighing_sessions where second_ticket_no = any(${ticketNos})) issued
     group by ticket_no having count(*) > 1 order by ticket_no`.execute(trx);
  return found.rows;
}
