import { type Clock, isoInstant, type MakeId, truckKeyOf } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/** What posting to the ledger needs from outside. */
export interface PostParts {
  clock: Clock;
  makeId: MakeId;
}

/** What one closed session delivered. */
export interface Delivery {
  sessionId: string;
  device: string;
  truck: string;
  produce: string | null;
  /** Grams, zero or more. */
  netG: number;
  /** ISO 8601 in UTC. */
  weighedOutAt: string;
  /** The journal entry the delivery comes from. */
  entryUuid: string;
}

/**
 * Appends deliveries to the ledger. The truck's owner when it was weighed out is written down with each; a truck that
 * nobody had registered for that time gets none, and billing finds the owner once there is one.
 */
export async function postDeliveries(
  trx: Trx,
  deliveries: readonly Delivery[],
  parts: PostParts,
): Promise<void> {
  const rows = deliveries.map((delivery) => ({
    id: parts.makeId(),
    session_id: delivery.sessionId,
    device: delivery.device,
    truck: delivery.truck,
    truck_key: truckKeyOf(delivery.truck),
    produce: delivery.produce,
    net_g: delivery.netG,
    weighed_out_at: delivery.weighedOutAt,
    entry_uuid: delivery.entryUuid,
    posted_at: isoInstant(parts.clock.now()),
  }));
  await sql`
    insert into ledger_entries (id, session_id, device, provider_id, truck, truck_key, produce, net_g, weighed_out_at,
                                entry_uuid, posted_at)
    select n.id, n.session_id, n.device, o.provider_id, n.truck, n.truck_key, n.produce, n.net_g, n.weighed_out_at,
           n.entry_uuid, n.posted_at
      from json_populate_recordset(null::ledger_entries, ${JSON.stringify(rows)}::json) n
      left join plate_owners o on o.truck_key = n.truck_key and o.during @> n.weighed_out_at`.execute(trx);
}
