import type { OkEvent } from './history.ts';
import type { SoakCloud } from './soak-cloud.ts';

/**
 * Those weighings that the cloud's database does not have, counted or parked. Asked by their session: a disk that was put
 * back gives ticket numbers a second time.
 */
export async function missingInCloud(
  cloud: Pick<SoakCloud, 'database'>,
  weighings: readonly OkEvent[],
): Promise<string[]> {
  await using database = await cloud.database();
  const { rows } = await database.pool.query<{ sessionId: string }>(
    `select asked.session_id as "sessionId"
       from unnest($1::uuid[], $2::text[]) as asked (session_id, direction)
      where not exists (select from weighing_sessions
                         where id = asked.session_id
                           and (asked.direction = 'in' or second_ticket_no is not null))
        and (select count(*) from parked_entries where parked_entries.session_id = asked.session_id)
            < case asked.direction when 'in' then 1 else 2 end`,
    [weighings.map(({ sessionId }) => sessionId), weighings.map(({ direction }) => direction)],
  );
  return rows.map(({ sessionId }) => sessionId);
}
