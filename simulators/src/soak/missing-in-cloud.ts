import type { SoakCloud } from './soak-cloud.ts';

/** Those tickets of which the cloud's database has no weighing, counted or parked. */
export async function missingInCloud(
  cloud: Pick<SoakCloud, 'database'>,
  ticketNos: readonly string[],
): Promise<string[]> {
  await using database = await cloud.database();
  const { rows } = await database.pool.query<{ ticketNo: string }>(
    `select asked.ticket_no as "ticketNo"
       from unnest($1::text[]) as asked (ticket_no)
      where not exists (select from weighing_sessions
                         where asked.ticket_no in (first_ticket_no, second_ticket_no))
        and not exists (select from parked_entries where parked_entries.ticket_no = asked.ticket_no)`,
    [ticketNos],
  );
  return rows.map(({ ticketNo }) => ticketNo);
}
