import { isDeepStrictEqual } from 'node:util';
import { isoInstant, type JournalEntry, truckKeyOf } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import type { PostParts } from '../ledger/post-delivery.ts';
import { takeBackDelivery } from '../ledger/take-back-delivery.ts';
import type { Trx } from '../store/database.ts';
import { endSession } from './end-session.ts';

/**
 * A session is void: it stays readable, its delivery is taken back by an entry of the ledger, and a clone, when there is
 * one, is opened on the same first weight.
 */
export async function voidSession(
  trx: Trx,
  entry: Extract<JournalEntry, { kind: 'session.voided' }>,
  parts: PostParts,
): Promise<Applied> {
  const { sessionId, was, by, secondBy, clone } = entry.body;
  if (was === 'closed' && (secondBy === null || secondBy === by)) {
    return {
      kind: 'parked',
      reason: 'second_person_missing',
      detail: 'a closed session was voided by one person',
    };
  }
  const ended = await endSession(trx, { sessionId, how: 'voided', was, entryUuid: entry.uuid });
  if (ended.kind === 'parked') return ended;
  await takeBackDelivery(trx, { sessionId, entryUuid: entry.uuid }, parts);
  return clone === null ? { kind: 'applied' } : openClone(trx, sessionId, clone);
}

type Clone = NonNullable<Extract<JournalEntry, { kind: 'session.voided' }>['body']['clone']>;

async function openClone(trx: Trx, voidedId: string, clone: Clone): Promise<Applied> {
  const original = await trx
    .selectFrom('weighing_sessions')
    .selectAll()
    .where('id', '=', voidedId)
    .executeTakeFirstOrThrow();
  const stored = [original.first_weight_id, original.first_gross_g];
  if (!isDeepStrictEqual(stored, [clone.first.weightId, clone.first.grossG])) {
    return {
      kind: 'parked',
      reason: 'first_weight_mismatch',
      detail: 'the clone does not stand on the first weight of what it replaces',
    };
  }
  await trx
    .insertInto('weighing_sessions')
    .values({
      id: clone.sessionId,
      device: original.device,
      incarnation: original.incarnation,
      site: original.site,
      state: 'open',
      truck: clone.truck,
      truck_key: truckKeyOf(clone.truck),
      produce: clone.produce,
      containers_in: clone.first.containers,
      first_weight_id: original.first_weight_id,
      first_gross_g: original.first_gross_g,
      first_ticket_no: original.first_ticket_no,
      weighed_in_at: isoInstant(original.weighed_in_at.getTime()),
      clone_of: voidedId,
      manual_weight_ids: original.manual_weight_ids.filter((id) => id === original.first_weight_id),
    })
    .execute();
  return { kind: 'applied' };
}
