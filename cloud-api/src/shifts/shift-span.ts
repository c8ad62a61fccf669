import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import type { KnownShiftsView } from '../store/shift-tables.ts';

export type ShiftRow = Selectable<KnownShiftsView>;

/** Where the entries of a shift stand. */
export type ShiftSpan =
  | {
      kind: 'chain';
      shiftId: string;
      device: string;
      incarnation: string;
      afterSeq: number;
      beforeSeq: number;
    }
  | { kind: 'time'; operator: string; from: string; to: string };

/** Why nothing can be counted for a shift. */
export interface NoSpan {
  kind: 'unknown';
  why: string;
}

const MAX_SEQ = Number.MAX_SAFE_INTEGER;

/**
 * Where to look for what was done in a shift. A shift of the kiosk is stamped on its entries; of one of the cloud, the
 * entries of its time that name the operator are meant.
 */
export function shiftSpanOf(row: ShiftRow, nowMs: number): ShiftSpan | NoSpan {
  if (row.origin === 'kiosk') {
    const { device, incarnation, opened_seq: openedSeq } = row;
    if (device === null || incarnation === null || openedSeq === null) {
      return { kind: 'unknown', why: 'the device has told how this shift ended, and not how it began' };
    }
    const beforeSeq = row.closed_seq ?? MAX_SEQ;
    return { kind: 'chain', shiftId: row.shift_id, device, incarnation, afterSeq: openedSeq, beforeSeq };
  }
  if (row.operator_id === null) {
    return {
      kind: 'unknown',
      why: 'this operator is none who signs in at a kiosk, so no weighing names them',
    };
  }
  const from = isoInstant(row.opened_at.getTime());
  const to = isoInstant(row.closed_at?.getTime() ?? nowMs);
  return { kind: 'time', operator: row.operator, from, to };
}
