import type { Db, Trx } from '../store/database.ts';

const MINUTE_MS = 60_000;

/** Rules that are data. */
export interface ShiftRules {
  maxLengthMs: number;
  /** How long counted figures are kept at most. */
  statisticsTtlMs: number;
}

export async function readShiftRules(db: Db | Trx): Promise<ShiftRules> {
  const row = await db.selectFrom('shift_rules').selectAll().executeTakeFirstOrThrow();
  return {
    maxLengthMs: row.max_length_minutes * MINUTE_MS,
    statisticsTtlMs: row.statistics_ttl_s * 1_000,
  };
}

/** Why a shift cannot have been from one instant to another. */
export type TimeFault = 'ends_before_it_begins' | 'in_the_future' | 'too_long';

export function timeFaultOf(
  { fromMs, toMs }: { fromMs: number; toMs: number },
  { maxLengthMs }: Pick<ShiftRules, 'maxLengthMs'>,
  nowMs: number,
): TimeFault | null {
  if (toMs < fromMs) return 'ends_before_it_begins';
  if (toMs > nowMs) return 'in_the_future';
  return toMs - fromMs > maxLengthMs ? 'too_long' : null;
}
