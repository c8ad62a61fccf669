import { sql } from 'kysely';
import type { Trx } from '../../store/database.ts';
import { lockRun } from './find-run.ts';
import { nextRunState, type RunEvent } from './run-state.ts';

/**
 * After a payment or a credit note: whether the bill of a run is paid, no longer paid, or credited altogether. The run is
 * locked.
 */
export async function settleRun(trx: Trx, runId: string): Promise<void> {
  const run = await lockRun(trx, runId);
  if (run === undefined || run.bill_id === null) return;
  const found = await sql<{ owed: string; paid: string; leftLines: number; notes: number }>`
    select b.total_minor + coalesce((select sum(n.total_minor) from bills n where n.corrects_bill_id = b.id), 0) as owed,
           coalesce((select sum(p.amount_minor) from payments p where p.bill_id = b.id), 0) as paid,
           (select count(*) from bills n where n.corrects_bill_id = b.id) as notes,
           (select count(*)
              from bill_line_rests r
             where r.bill_id = b.id and (r.net_g <> 0 or r.amount_minor <> 0)) as "leftLines"
      from bills b
     where b.id = ${run.bill_id}`.execute(trx);
  const bill = found.rows[0];
  if (bill === undefined) return;
  const event: RunEvent =
    bill.notes > 0 && bill.leftLines === 0
      ? 'credit_all'
      : BigInt(bill.paid) >= BigInt(bill.owed)
        ? 'pay'
        : 'unpay';
  const state = nextRunState(run.state, event);
  if (state === 'refused') return;
  await trx
    .updateTable('bill_runs')
    .set({ state, version: run.version + 1 })
    .where('id', '=', runId)
    .execute();
}
