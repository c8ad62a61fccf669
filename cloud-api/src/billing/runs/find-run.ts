import type { Selectable } from 'kysely';
import type { BillRunsTable } from '../../store/bill-tables.ts';
import type { Db, Trx } from '../../store/database.ts';
import type { Period } from '../find-billable.ts';

export type Run = Selectable<BillRunsTable>;

/** A run, to be read. */
export async function findRun(db: Db | Trx, id: string): Promise<Run | undefined> {
  return await db.selectFrom('bill_runs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** A run that nobody else changes until the transaction ends. */
export async function lockRun(trx: Trx, id: string): Promise<Run | undefined> {
  return await trx.selectFrom('bill_runs').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

export function periodOfRun(run: Run): Period {
  return { fromMs: run.period_from.getTime(), toMs: run.period_to.getTime() };
}
