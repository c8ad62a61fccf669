import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import { type Actor, recordChange } from '../audit/record-change.ts';
import { createOnce, type Done, type OnceRequest } from '../http/idempotent.ts';
import { lockShift } from './end-shift.ts';
import { readShiftRules, type TimeFault, timeFaultOf } from './shift-rules.ts';

export type ShiftNotCorrected =
  | { kind: 'unknown' }
  | { kind: 'still_open' }
  | { kind: 'overlaps'; number: number }
  | { kind: 'time_fault'; fault: TimeFault };

/** Writes down how a shift that is over really was, once for an idempotency key. What was written before stays. */
export function correctShift(
  number: number,
  wish: {
    openedMs: number | undefined;
    closedMs: number | undefined;
    notes: string | null | undefined;
    why: string;
  },
  by: Actor,
  once: OnceRequest,
  parts: { clock: Clock; makeId: MakeId },
): Promise<Done<{ shiftId: string }, ShiftNotCorrected>> {
  const { clock, makeId } = parts;
  return createOnce<{ shiftId: string }, ShiftNotCorrected>(once, async (trx) => {
    const row = await lockShift(trx, number);
    if (row === undefined) return { kind: 'unknown' };
    if (row.closed_at === null) return { kind: 'still_open' };
    const fromMs = wish.openedMs ?? row.opened_at.getTime();
    const toMs = wish.closedMs ?? row.closed_at.getTime();
    const fault = timeFaultOf({ fromMs, toMs }, await readShiftRules(trx), clock.now());
    if (fault !== null) return { kind: 'time_fault', fault };
    const [openedAt, closedAt] = [isoInstant(fromMs), isoInstant(toMs)];
    const other = await trx
      .selectFrom('known_shifts')
      .select('number')
      .where('staff_id', '=', row.staff_id)
      .where('shift_id', '<>', row.shift_id)
      .where(
        sql<boolean>`tstzrange(opened_at, case when closed_at is not null then greatest(opened_at, closed_at) end) && tstzrange(${openedAt}::timestamptz, ${closedAt}::timestamptz)`,
      )
      .limit(1)
      .executeTakeFirst();
    if (other !== undefined) return { kind: 'overlaps', number: other.number };
    const notes = wish.notes === undefined ? row.notes : wish.notes;
    await trx
      .insertInto('shift_corrections')
      .values({
        correction_id: makeId(),
        shift_id: row.shift_id,
        opened_at: openedAt,
        closed_at: closedAt,
        notes,
        why: wish.why,
        by_whom: by.name,
        made_at: isoInstant(clock.now()),
      })
      .execute();
    const before = { openedAt: row.opened_at, closedAt: row.closed_at, notes: row.notes };
    const change = { subject: { kind: 'shift', id: number }, before, after: { openedAt, closedAt, notes } };
    await recordChange(trx, { by, action: 'shift.corrected', ...change, why: wish.why }, parts);
    return { kind: 'created', body: { shiftId: row.shift_id } };
  });
}
