import { type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { findUnreported } from '../fleet/completeness/find-unreported.ts';
import type { Db } from '../store/database.ts';
import { countShift, type ShiftCount } from './count-shift.ts';
import { readShiftRules } from './shift-rules.ts';
import { type ShiftRow, shiftSpanOf } from './shift-span.ts';

const MAX_KEPT = 1_000;

/** What is known of a shift, and what is not. */
export interface ShiftStatistics {
  countedAt: string;
  /** Null when nothing can be counted; `why` says why. */
  count: ShiftCount | null;
  why: string | null;
  /** How long the kiosk had no connection, in ms; null while that is not known. */
  offlineMs: number | null;
  /** Devices that may still hold something of this shift. */
  unreported: { device: string; reportedUpTo: string | null }[];
}

/** Counts shifts and keeps what was counted for a while. */
export interface ShiftCounter {
  statisticsOf(row: ShiftRow): Promise<ShiftStatistics>;
}

interface Kept {
  sign: string;
  untilMs: number;
  statistics: ShiftStatistics;
}

/**
 * What was counted is kept for so long as the rules say, and not beyond the next event: a journal entry that arrived, a
 * parked one that was decided, a change of the shift itself. Every replica sees these in the database.
 */
export function makeShiftCounter({ db, clock }: { db: Db; clock: Clock }): ShiftCounter {
  const kept = new Map<string, Kept>();
  return {
    statisticsOf: async (row) => {
      const sign = await signOf(db, row);
      const before = kept.get(row.shift_id);
      if (before !== undefined && before.sign === sign && clock.monotonicMs() < before.untilMs) {
        return before.statistics;
      }
      const { statisticsTtlMs } = await readShiftRules(db);
      const statistics = await countNow(db, row, clock.now());
      kept.delete(row.shift_id);
      kept.set(row.shift_id, { sign, untilMs: clock.monotonicMs() + statisticsTtlMs, statistics });
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      return statistics;
    },
  };
}

/** Changes with everything that a count could come out otherwise by. Read before the count: it is never newer than that. */
async function signOf(db: Db, row: ShiftRow): Promise<string> {
  const found = await sql<{ sign: string }>`
    select concat_ws(' ',
      (select coalesce(sum(contiguous_seq), 0) from ingest_positions),
      (select count(*) from parked_attempts)) as sign`.execute(db);
  const times = [row.opened_at.getTime(), row.closed_at?.getTime() ?? 'open', row.operator_id];
  return [found.rows[0]?.sign, ...times].join(' ');
}

async function countNow(db: Db, row: ShiftRow, nowMs: number): Promise<ShiftStatistics> {
  const countedAt = isoInstant(nowMs);
  const span = shiftSpanOf(row, nowMs);
  const untilMs = row.closed_at?.getTime() ?? nowMs;
  const mayHold = await findUnreported(db, untilMs);
  const unreported = mayHold
    .filter(({ device }) => row.device === null || device === row.device)
    .map(({ device, reportedUpTo }) => ({
      device,
      reportedUpTo: reportedUpTo === null ? null : isoInstant(reportedUpTo.getTime()),
    }));
  const offlineMs = row.offline_ms;
  if (span.kind === 'unknown') return { countedAt, count: null, why: span.why, offlineMs, unreported };
  return { countedAt, count: await countShift(db, span), why: null, offlineMs, unreported };
}
