import { isoInstant } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import type { PostParts } from './post-delivery.ts';

/**
 * Appends the entry that takes a session's delivery back: the same, with the net below zero, naming what it corrects. A
 * session that has delivered nothing needs none.
 */
export async function takeBackDelivery(
  trx: Trx,
  { sessionId, entryUuid }: { sessionId: string; entryUuid: string },
  { clock, makeId }: PostParts,
): Promise<void> {
  const delivery = await trx
    .selectFrom('ledger_entries')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('corrects_entry_id', 'is', null)
    .executeTakeFirst();
  if (delivery === undefined) return;
  await trx
    .insertInto('ledger_entries')
    .values({
      ...delivery,
      id: makeId(),
      net_g: -delivery.net_g,
      weighed_out_at: isoInstant(delivery.weighed_out_at.getTime()),
      entry_uuid: entryUuid,
      corrects_entry_id: delivery.id,
      posted_at: isoInstant(clock.now()),
    })
    .execute();
}
