import { type JournalEntry, sourceOf } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

type EntryWithWeight = Extract<
  JournalEntry,
  { kind: 'session.opened' | 'session.closed' | 'session.one_pass' | 'weight.single' }
>;

/**
 * Records the weight an entry carries, and which entry that is: the way from a session back to its raw frames. A manual
 * weight is marked in its session.
 */
export async function addRegisteredWeight(
  trx: Trx,
  entry: EntryWithWeight,
  place: 'first' | 'second' | 'single',
): Promise<void> {
  const { weight, sessionId } = entry.body;
  await trx
    .insertInto('registered_weights')
    .values({
      weight_id: weight.weightId,
      session_id: sessionId,
      place,
      gross_g: weight.grossG,
      scale_id: weight.scaleId,
      registered_at: weight.registeredAt,
      device: entry.device,
      incarnation: entry.incarnation,
      seq: entry.seq,
    })
    .execute();
  if (sourceOf(weight) === 'scale') return;
  await trx
    .updateTable('weighing_sessions')
    .set((eb) => ({
      manual_weight_ids: eb.fn('array_append', ['manual_weight_ids', eb.val(weight.weightId)]),
    }))
    .where('id', '=', sessionId)
    .execute();
}
