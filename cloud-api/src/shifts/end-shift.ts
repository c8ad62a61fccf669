import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Db, Trx } from '../store/database.ts';
import { readShiftRules, type TimeFault, timeFaultOf } from './shift-rules.ts';
import type { ShiftRow } from './shift-span.ts';
import { lockStaff } from './start-shift.ts';

export type ShiftEnded =
  | { kind: 'ended'; row: ShiftRow }
  | { kind: 'not_active' }
  | { kind: 'at_kiosk'; device: string }
  | { kind: 'time_fault'; fault: TimeFault };

interface EndParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
}

/** Ends a shift now. One that is longer than any may be was forgotten: somebody says when it really ended. */
export function endShift(
  number: number,
  { notes }: { notes: string | null },
  by: Actor,
  parts: EndParts,
): Promise<ShiftEnded> {
  const endedMs = parts.clock.now();
  return closeShift(number, { notes, endedMs, forcedWhy: null }, by, parts);
}

/** Ends a shift in the operator's place, at the instant it really ended, with a reason. */
export function forceCloseShift(
  number: number,
  { endedMs, why, notes }: { endedMs: number; why: string; notes: string | null },
  by: Actor,
  parts: EndParts,
): Promise<ShiftEnded> {
  return closeShift(number, { notes, endedMs, forcedWhy: why }, by, parts);
}

function closeShift(
  number: number,
  { notes, endedMs, forcedWhy }: { notes: string | null; endedMs: number; forcedWhy: string | null },
  by: Actor,
  parts: EndParts,
): Promise<ShiftEnded> {
  const { db, clock } = parts;
  return db.transaction().execute(async (trx): Promise<ShiftEnded> => {
    const row = await lockShift(trx, number);
    if (row === undefined || row.closed_at !== null) return { kind: 'not_active' };
    if (row.device !== null) return { kind: 'at_kiosk', device: row.device };
    const openedMs = row.opened_at.getTime();
    const span = { fromMs: openedMs, toMs: endedMs };
    const fault = timeFaultOf(span, await readShiftRules(trx), clock.now());
    if (fault !== null) return { kind: 'time_fault', fault };
    const closedAt = isoInstant(endedMs);
    await trx
      .updateTable('shifts')
      .set({ closed_at: closedAt, closed_by: by.name, forced_why: forcedWhy, notes })
      .where('shift_id', '=', row.shift_id)
      .execute();
    const change = {
      action: forcedWhy === null ? 'shift.ended' : 'shift.force_closed',
      subject: { kind: 'shift', id: number },
      before: { openedAt: isoInstant(openedMs), closedAt: null },
      after: { closedAt, notes },
    };
    await recordChange(trx, { by, ...change, why: forcedWhy ?? undefined }, parts);
    return { kind: 'ended', row: await readShift(trx, row.shift_id) };
  });
}

/** The shift of a number, with everybody else who changes shifts of this operator kept out. */
export async function lockShift(trx: Trx, number: number): Promise<ShiftRow | undefined> {
  const found = await trx
    .selectFrom('shifts')
    .select(['shift_id', 'staff_id'])
    .where('number', '=', number)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  await lockStaff(trx, found.staff_id);
  return readShift(trx, found.shift_id);
}

export function readShift(db: Db | Trx, shiftId: string): Promise<ShiftRow> {
  return db.selectFrom('known_shifts').selectAll().where('shift_id', '=', shiftId).executeTakeFirstOrThrow();
}
