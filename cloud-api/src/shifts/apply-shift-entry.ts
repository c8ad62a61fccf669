import { isoInstant, type JournalEntry } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';

export type ShiftEntry = Extract<JournalEntry, { kind: 'shift.opened' | 'shift.closed' }>;

/** A shift as its device tells it. What closes it says all of it, so it is known also when its beginning is not. */
export async function applyShiftEntry(
  trx: Trx,
  { kind, device, incarnation, seq, at, body }: ShiftEntry,
): Promise<void> {
  const { shiftId, operatorId, operator } = body;
  const openedAt = kind === 'shift.opened' ? isoInstant(at.wallMs) : body.openedAt;
  const staffId = await staffOf(trx, { operatorId, operator, openedAt });
  const common = {
    shift_id: shiftId,
    staff_id: staffId,
    origin: 'kiosk' as const,
    shift_type: null,
    notes: null,
    forced_why: null,
    operator_id: operatorId,
    operator,
    device,
    opened_at: openedAt,
  };
  if (kind === 'shift.opened') {
    await trx
      .insertInto('shifts')
      .values({ ...common, incarnation, opened_seq: seq })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return;
  }
  const closed = {
    closed_at: isoInstant(at.wallMs),
    closed_by: body.closedBy,
    counts: JSON.stringify(body.counts),
    offline_ms: body.offlineMs,
    closed_seq: seq,
  };
  await trx
    .insertInto('shifts')
    .values({ ...common, ...closed })
    .onConflict((conflict) => conflict.column('shift_id').doUpdateSet(closed))
    .execute();
}

/** Whose shift it is, as the cloud numbers people; who is not known yet is from now on. */
async function staffOf(
  trx: Trx,
  { operatorId, operator, openedAt }: { operatorId: string; operator: string; openedAt: string },
): Promise<number> {
  const known = () =>
    trx.selectFrom('shift_staff').select('staff_id').where('operator_id', '=', operatorId).executeTakeFirst();
  const before = await known();
  if (before !== undefined) return before.staff_id;
  const account = await trx
    .selectFrom('operators')
    .select('role')
    .where('operator_id', '=', operatorId)
    .executeTakeFirst();
  await trx
    .insertInto('shift_staff')
    .values({
      name: operator,
      employee_id: `kiosk:${operatorId}`,
      role: account?.role ?? 'weigher',
      operator_id: operatorId,
      created_at: openedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await known();
  if (row === undefined) throw new Error(`operator ${operatorId} was neither known nor made known`);
  return row.staff_id;
}
