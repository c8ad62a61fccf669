import { type Clock, isoInstant, type MakeId, truckKeyOf } from '@weighgate/protocol';
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
 * Appends a delivery to the ledger. The truck's owner of this moment is written down with it; a truck nobody has
 * registered yet gets none, and billing finds the owner once there is one.
 */
export async function postDelivery(trx: Trx, delivery: Delivery, parts: PostParts): Promise<void> {
  const truckKey = truckKeyOf(delivery.truck);
  const owner = await trx
    .selectFrom('trucks')
    .select('provider_id')
    .where('truck_key', '=', truckKey)
    .executeTakeFirst();
  await trx
    .insertInto('ledger_entries')
    .values({
      id: parts.makeId(),
      session_id: delivery.sessionId,
      device: delivery.device,
      provider_id: owner?.provider_id ?? null,
      truck: delivery.truck,
      truck_key: truckKey,
      produce: delivery.produce,
      net_g: delivery.netG,
      weighed_out_at: delivery.weighedOutAt,
      entry_uuid: delivery.entryUuid,
      corrects_entry_id: null,
      posted_at: isoInstant(parts.clock.now()),
    })
    .execute();
}
