import { sql } from 'kysely';

/**
 * A condition on `weighing_sessions`: those of one provider, posted to them whoever owns the truck later, and before
 * anything is posted those of their trucks. The same as on a bill.
 * @param providerId null for everybody's
 */
export function ofProvider(providerId: number | null) {
  if (providerId === null) return sql<boolean>`true`;
  // As session_owners says it, but the registry is asked only where nothing is written down.
  return sql<boolean>`coalesce(
    (select coalesce(p.merged_into, p.id) from ledger_entries l join providers p on p.id = l.provider_id
      where l.session_id = weighing_sessions.id and l.corrects_entry_id is null),
    (select o.provider_id from plate_owners o
      where o.truck_key = weighing_sessions.truck_key
        and o.during @> coalesce(weighing_sessions.weighed_out_at, weighing_sessions.weighed_in_at))) = ${providerId}`;
}
