import { isoInstant, type JournalEntry } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

export type ShiftEntry = Extract<JournalEntry, { kind: 'shift.opened' | 'shift.closed' }>;

/** A shift as its device tells it. What closes it says all of it, so it is known also when its beginning is not. */
export async function applyShiftEntry(trx: Trx, { kind, device, at, body }: ShiftEntry): Promise<void> {
  const { shiftId, operatorId, operator } = body;
  const common = { shift_id: shiftId, operator_id: operatorId, operator, device };
  if (kind === 'shift.opened') {
    await trx
      .insertInto('shifts')
      .values({ ...common, opened_at: isoInstant(at.wallMs) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return;
  }
  const closed = {
    closed_at: isoInstant(at.wallMs),
    closed_by: body.closedBy,
    counts: JSON.stringify(body.counts),
    offline_ms: body.offlineMs,
  };
  await trx
    .insertInto('shifts')
    .values({ ...common, opened_at: body.openedAt, ...closed })
    .onConflict((conflict) => conflict.column('shift_id').doUpdateSet(closed))
    .execute();
}
