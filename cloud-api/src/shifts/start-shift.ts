import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { sql } from 'kysely';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Trx } from '../store/database.ts';
import type { ShiftType } from '../store/shift-tables.ts';
import type { ShiftRow } from './shift-span.ts';

export type ShiftStarted =
  | { kind: 'created'; body: ShiftRow }
  | { kind: 'unknown_operator' }
  /** Here, or at a kiosk. */
  | { kind: 'has_active_shift'; number: number; device: string | null };

interface ShiftParts {
  clock: Clock;
  makeId: MakeId;
}

/** Whoever begins, ends or corrects shifts of one operator takes turns. */
export async function lockStaff(trx: Trx, staffId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('shifts of ' || ${staffId}::text, 0))`.execute(trx);
}

/** Begins a shift now. An operator has one shift at a time, whether it was begun here or at a kiosk. */
export async function startShift(
  trx: Trx,
  wish: { staffId: number; shiftType: ShiftType },
  by: Actor,
  parts: ShiftParts,
): Promise<ShiftStarted> {
  const { clock, makeId } = parts;
  await lockStaff(trx, wish.staffId);
  const staff = await trx
    .selectFrom('shift_staff as p')
    .leftJoin('operators as o', 'o.operator_id', 'p.operator_id')
    .select(['p.name', 'p.operator_id', 'o.name as kiosk_name'])
    .where('p.staff_id', '=', wish.staffId)
    .where('p.is_active', '=', true)
    .executeTakeFirst();
  if (staff === undefined) return { kind: 'unknown_operator' };
  const active = await trx
    .selectFrom('known_shifts')
    .select(['number', 'device'])
    .where('staff_id', '=', wish.staffId)
    .where('closed_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (active !== undefined) return { kind: 'has_active_shift', ...active };
  const shiftId = makeId();
  const openedAt = isoInstant(clock.now());
  await trx
    .insertInto('shifts')
    .values({
      shift_id: shiftId,
      staff_id: wish.staffId,
      origin: 'cloud',
      shift_type: wish.shiftType,
      operator_id: staff.operator_id,
      operator: staff.kiosk_name ?? staff.name,
      device: null,
      opened_at: openedAt,
    })
    .execute();
  const row = await trx
    .selectFrom('known_shifts')
    .selectAll()
    .where('shift_id', '=', shiftId)
    .executeTakeFirstOrThrow();
  const after = { operatorId: wish.staffId, shiftType: wish.shiftType, openedAt };
  const subject = { kind: 'shift', id: row.number };
  await recordChange(trx, { by, action: 'shift.started', subject, before: null, after }, parts);
  return { kind: 'created', body: row };
}
