import type { ShiftCounts } from '@weighgate/protocol';
import type Database from 'better-sqlite3';

/** Where in the journal a shift stands; null while it is open. */
export interface ShiftSpan {
  shiftId: string;
  openedPosition: number;
  closedPosition: number | null;
}

type CountRow = Omit<ShiftCounts, 'produce'>;

/** More entries than any shift has: it bounds what an open shift that was forgotten for years can cost. */
const MAX_ENTRIES = 1_000_000;

/**
 * Counts what a shift did from the journal's entries that carry its id: there is no second set of figures that could
 * differ from them. A load is a truck weighed out whose session was not voided before the shift ended.
 */
export function shiftCounter(database: Database.Database): (span: ShiftSpan) => ShiftCounts {
  const entriesOfShift = `
    WITH span AS (
      SELECT kind, json_extract(entry_text, '$.body') AS body FROM journal
      WHERE position > @from AND position < @to
    ),
    done AS (SELECT kind, body FROM span WHERE json_extract(body, '$.shiftId') = @shiftId),
    loads AS (
      SELECT body FROM done
      WHERE kind IN ('session.closed', 'session.one_pass') AND json_extract(body, '$.sessionId') NOT IN (
        SELECT json_extract(body, '$.sessionId') FROM span WHERE kind = 'session.voided')
    )
  `;
  const selectCounts = database.prepare<[Record<string, unknown>], CountRow>(`
    ${entriesOfShift}
    SELECT
      count(*) FILTER (WHERE kind IN ('session.opened', 'session.closed', 'session.one_pass', 'weight.single')) AS weighings,
      (SELECT count(*) FROM loads) AS loads,
      (SELECT count(*) FROM loads WHERE json_extract(body, '$.net.kind') = 'pending') AS netPending,
      count(*) FILTER (WHERE json_extract(body, '$.weight.source') = 'manual') AS manual,
      count(*) FILTER (WHERE kind = 'session.voided') AS voids,
      count(*) FILTER (WHERE kind = 'ticket.reprinted') AS reprints,
      count(*) FILTER (WHERE json_extract(body, '$.supersedes') IS NOT NULL) AS overrides,
      count(*) FILTER (WHERE kind = 'permission.refused') AS refusedOverrides
    FROM done
  `);
  const selectProduce = database.prepare<[Record<string, unknown>], ShiftCounts['produce'][number]>(`
    ${entriesOfShift}
    SELECT json_extract(body, '$.produce') AS produce, sum(json_extract(body, '$.net.netG')) AS netG
    FROM loads
    WHERE json_extract(body, '$.net.kind') = 'known'
    GROUP BY 1 ORDER BY 1
  `);

  return ({ shiftId, openedPosition, closedPosition }) => {
    const to = closedPosition ?? openedPosition + MAX_ENTRIES;
    const named = { shiftId, from: openedPosition, to };
    const counts = selectCounts.get(named);
    if (counts === undefined) throw new Error('an aggregate without a row');
    return { ...counts, produce: selectProduce.all(named) };
  };
}
