import type { JournalEntry } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

export type OperatorEntry = Extract<
  JournalEntry,
  { kind: 'operator.added' | 'operator.pin_set' | 'operator.blocked' | 'operator.unblocked' }
>;

/** Who may sign in at a device, as it tells. */
export async function applyOperatorEntry(trx: Trx, { kind, device, body }: OperatorEntry): Promise<void> {
  if (kind === 'operator.added') {
    const { operatorId, name, role } = body;
    await trx
      .insertInto('operators')
      .values({ operator_id: operatorId, device, name, role, blocked: false })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return;
  }
  await trx
    .updateTable('operators')
    .set({ blocked: kind === 'operator.blocked' })
    .where('operator_id', '=', body.operatorId)
    .execute();
}
