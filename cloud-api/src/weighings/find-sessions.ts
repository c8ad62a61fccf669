import { isoInstant, truckKeyOf } from '@weighgate/protocol';
import { type Selectable, sql } from 'kysely';
import type { Db } from '../store/database.ts';
import type { WeighingSessionsTable } from '../store/schema.ts';
import { ofProvider } from './of-provider.ts';

/** Which sessions, and where the page begins. */
export interface SessionFilter {
  /** Weighed in during [fromMs, toMs); undefined is open. */
  fromMs: number | undefined;
  toMs: number | undefined;
  /** Its plate, typed in any way. */
  truck: string | undefined;
  /** Number on either ticket. */
  ticketNo: string | undefined;
  /** Null for everybody's. */
  providerId: number | null;
  /** Weighed in at, and id, of the last one that the caller has. */
  after: readonly [string, string] | undefined;
  limit: number;
}

/** Sessions by when they were weighed in, oldest first, and then by id. */
export async function findSessions(
  db: Db,
  filter: SessionFilter,
): Promise<Selectable<WeighingSessionsTable>[]> {
  const matching = db
    .selectFrom('weighing_sessions')
    .selectAll('weighing_sessions')
    .where(matches(filter))
    .orderBy('weighed_in_at')
    .orderBy('weighing_sessions.id')
    .limit(filter.limit);
  const { providerId, truck, ticketNo } = filter;
  if (providerId === null || truck !== undefined || ticketNo !== undefined) return matching.execute();
  // A few plates, each read from its own index and no further than the page goes: not everybody's sessions of the time.
  return db
    .selectFrom('provider_plates as plate')
    .innerJoinLateral(
      matching.where(sql<boolean>`weighing_sessions.truck_key = plate.truck_key`).as('found'),
      (join) => join.onTrue(),
    )
    .where('plate.provider_id', '=', providerId)
    .selectAll('found')
    .orderBy('found.weighed_in_at')
    .orderBy('found.id')
    .limit(filter.limit)
    .execute();
}

function matches({ fromMs, toMs, truck, ticketNo, providerId, after }: SessionFilter) {
  const conditions = [ofProvider(providerId)];
  if (fromMs !== undefined) conditions.push(sql`weighed_in_at >= ${isoInstant(fromMs)}::timestamptz`);
  if (toMs !== undefined) conditions.push(sql`weighed_in_at < ${isoInstant(toMs)}::timestamptz`);
  if (truck !== undefined) conditions.push(sql`truck_key = ${truckKeyOf(truck)}`);
  if (ticketNo !== undefined)
    conditions.push(sql`(first_ticket_no = ${ticketNo} or second_ticket_no = ${ticketNo})`);
  if (after !== undefined) {
    conditions.push(
      sql`(weighed_in_at, weighing_sessions.id) > (${after[0]}::timestamptz, ${after[1]}::uuid)`,
    );
  }
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}
