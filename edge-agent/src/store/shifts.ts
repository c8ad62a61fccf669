import { type Clock, isoInstant, type MakeId, type ShiftCounts, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';
import type { LinkRecord } from './link-record.ts';
import type { shiftCertifier } from './shift-certificate.ts';
import { shiftCounter } from './shift-counter.ts';

/** One turn of one operator at the desk. */
export interface Shift {
  shiftId: Uuid;
  operatorId: Uuid;
  operator: string;
  openedAt: string;
  /** Null while it is open. */
  closedAt: string | null;
  closedBy: string | null;
  /** How long there was no connection to the cloud while it was open, in ms. */
  offlineMs: number;
}

/** A shift and what was done in it so far, or in all when it is closed. */
export interface ShiftReport extends Shift {
  counts: ShiftCounts;
}

export interface Shifts {
  /** The operator's open shift. */
  activeOf(operatorId: string): Shift | undefined;
  /** @returns `active` with the shift that is open when there is one */
  open(operator: { operatorId: Uuid; name: string }): { kind: 'opened' | 'active'; shift: Shift };
  /** @param closedBy a name; @returns undefined when there is no such open shift */
  close(shiftId: string, closedBy: string): ShiftReport | undefined;
  report(shiftId: string): ShiftReport | undefined;
}

interface ShiftRow extends Shift {
  openedPosition: number;
  closedPosition: number | null;
}

/** The shifts kept here: at most one is open for each operator. */
export function openShifts(
  database: Database.Database,
  journal: Journal,
  links: Pick<LinkRecord, 'offlineMs'>,
  certify: ReturnType<typeof shiftCertifier>,
  { clock, makeId }: { clock: Clock; makeId: MakeId },
): Shifts {
  const countsOf = shiftCounter(database);
  const select = (where: string) => `
    SELECT shift.shift_id AS shiftId, shift.operator_id AS operatorId, operators.name AS operator,
           shift.opened_at AS openedAt, shift.closed_at AS closedAt, shift.closed_by AS closedBy,
           shift.offline_ms AS offlineMs, opened.position AS openedPosition, closed.position AS closedPosition
    FROM shifts AS shift
    JOIN operators ON operators.operator_id = shift.operator_id
    JOIN journal AS opened ON opened.uuid = shift.opened_uuid
    LEFT JOIN journal AS closed ON closed.uuid = shift.closed_uuid
    WHERE ${where}
  `;
  const selectActive = database.prepare<[string], ShiftRow>(
    select('shift.operator_id = ? AND shift.closed_uuid IS NULL'),
  );
  const selectShift = database.prepare<[string], ShiftRow>(select('shift.shift_id = ?'));
  const insert = database.prepare(
    'INSERT INTO shifts (shift_id, operator_id, opened_uuid, opened_at, offline_ms) VALUES (?, ?, ?, ?, 0)',
  );
  const update = database.prepare(
    'UPDATE shifts SET closed_uuid = ?, closed_at = ?, closed_by = ?, offline_ms = ? WHERE shift_id = ?',
  );

  function activeOf(operatorId: string): Shift | undefined {
    const row = selectActive.get(operatorId);
    return row === undefined ? undefined : shiftOf(row);
  }

  /** @param until where a shift is counted to that is open */
  function report(shiftId: string, until = journal.moment()): ShiftReport | undefined {
    const row = selectShift.get(shiftId);
    if (row === undefined) return undefined;
    // What an open shift has in its row was counted there before the journal knew the link.
    const offlineMs = row.offlineMs + (row.closedPosition === null ? links.offlineMs(row, until) : 0);
    return { ...shiftOf(row), offlineMs, counts: countsOf(row) };
  }

  return {
    activeOf,
    report: (shiftId) => report(shiftId),

    open: ({ operatorId, name }) =>
      journal.commit(() => {
        const active = activeOf(operatorId);
        if (active !== undefined) return { kind: 'active', shift: active };
        const shiftId = makeId();
        const entry = journal.append({
          kind: 'shift.opened',
          body: { shiftId, operatorId, operator: name },
        });
        const openedAt = isoInstant(clock.now());
        insert.run(shiftId, operatorId, entry.uuid, openedAt);
        const shift = {
          shiftId,
          operatorId,
          operator: name,
          openedAt,
          closedAt: null,
          closedBy: null,
          offlineMs: 0,
        };
        return { kind: 'opened', shift };
      }),

    close: (shiftId, closedBy) =>
      journal.commit(() => {
        const at = journal.moment();
        const before = report(shiftId, at);
        const openedPosition = selectShift.get(shiftId)?.openedPosition;
        if (before === undefined || openedPosition === undefined || before.closedAt !== null)
          return undefined;
        const { operatorId, operator, openedAt, counts, offlineMs } = before;
        const body = {
          shiftId: before.shiftId,
          operatorId,
          operator,
          openedAt,
          closedBy,
          counts,
          offlineMs,
        };
        const entry = journal.append({ kind: 'shift.closed', body }, makeId(), at);
        const closedAt = isoInstant(at.wallMs);
        update.run(entry.uuid, closedAt, closedBy, offlineMs, shiftId);
        certify(before.shiftId, openedPosition, at);
        return { ...before, closedAt, closedBy };
      }),
  };
}

function shiftOf({ openedPosition: _opened, closedPosition: _closed, ...shift }: ShiftRow): Shift {
  return shift;
}
