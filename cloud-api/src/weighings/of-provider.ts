import { sql } from 'kysely';

/**
 * A condition on `weighing_sessions`: those of one provider, posted to them whoever owns the truck later, and before
 * anything is posted those of their trucks. The same as on a bill.
 * @param providerId null for everybody's
 */
export function ofProvider(providerId: number | null) {
  if (providerId === null) return sql<boolean>`true`;
  return sql<boolean>`coalesce(
    (select l.provider_id from ledger_entries l
      where l.session_id = weighing_sessions.id and l.corrects_entry_id is null),
    (select t.provider_id from trucks t where t.truck_key = weighing_sessions.truck_key)) = ${providerId}`;
}
