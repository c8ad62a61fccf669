import type { JournalEntry } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/** Keeps the highest that a device's counters of adjustments ever were (LM-55). */
export async function keepAdjustmentCounters(
  trx: Trx,
  { device, body }: Extract<JournalEntry, { kind: 'parameter.changed' }>,
): Promise<void> {
  await trx
    .insertInto('adjustment_counters')
    .values({ device, ...body.counters })
    .onConflict((conflict) =>
      conflict.column('device').doUpdateSet({
        cfg: sql`greatest(adjustment_counters.cfg, excluded.cfg)`,
        cal: sql`greatest(adjustment_counters.cal, excluded.cal)`,
      }),
    )
    .execute();
}
