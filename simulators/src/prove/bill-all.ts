import { theCloud } from '@weighgate/cloud-api/src/audit/record-change.ts';
import type { Period } from '@weighgate/cloud-api/src/billing/find-billable.ts';
import { decideRun } from '@weighgate/cloud-api/src/billing/runs/approve-run.ts';
import { draftRuns } from '@weighgate/cloud-api/src/billing/runs/draft-runs.ts';
import { issueRun } from '@weighgate/cloud-api/src/billing/runs/issue-run.ts';
import type { OpenDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { runPartsOf } from '../bench/bill-books.ts';

const isCurrent = () => true;

/**
 * Bills everybody for periods, the way a careful caller does: what fails in the middle is looked up and done again, until
 * nothing is left to do. Any number of callers may do it at once.
 * @param onFailure told of each failure, every one of which has to be somebody's cutting in
 */
export async function billAll(
  database: OpenDatabase,
  periods: readonly Period[],
  onFailure: (error: unknown) => void,
): Promise<void> {
  const { db } = database;
  const parts = runPartsOf(db);
  for (const period of periods) {
    await untilDone(() => draftRuns(period, undefined, parts), onFailure);
    for (const id of await untilDone(() => unfinished(database, period), onFailure)) {
      const order = { runId: id, by: theCloud, isCurrent };
      await untilDone(async () => {
        await decideRun(db, { ...order, event: 'approve' }, parts);
        const issued = await issueRun({ ...order, withoutAllocation: false }, parts);
        // Somebody else may have issued it, or made it a draft again.
        if (issued.kind === 'issued' || issued.kind === 'wrong_state') return;
        throw new Error(`a run was not issued: ${JSON.stringify(issued)}`);
      }, onFailure);
    }
    const left = await untilDone(() => unfinished(database, period), onFailure);
    if (left.length > 0) throw new Error(`${left.length} runs are left in a period that was billed`);
  }
}

async function unfinished({ pool }: OpenDatabase, period: Period): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from bill_runs where bill_id is null and period_from = to_timestamp($1 / 1000.0) order by random()`,
    [period.fromMs],
  );
  return rows.map(({ id }) => id);
}

const MAX_TRIES = 1_000;

async function untilDone<T>(work: () => Promise<T>, onFailure: (error: unknown) => void): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= MAX_TRIES) throw error;
      onFailure(error);
    }
  }
}
