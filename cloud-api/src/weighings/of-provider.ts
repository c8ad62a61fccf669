import { sql } from 'kysely';

/**
 * A condition on `weighing_sessions`: those of one provider, posted to them whoever owns the truck later, and before
 * anything is posted those of their trucks. The same as on a bill.
 * @param providerId null for everybody's
 */
export function ofProvider(providerId: number | null) {
  if (providerId === null) return sql<boolean>`true`;
  return sql<boolean>`(select o.provider_id from session_owners o
    where o.session_id = weighing_sessions.id) = ${providerId}`;
}
