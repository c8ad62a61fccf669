import { isoInstant } from '@weighgate/protocol';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Db } from '../../store/database.ts';
import { draftFiguresSchema } from './draft-figures.ts';
import { lockRun, type Run } from './find-run.ts';
import { nextRunState } from './run-state.ts';
import type { StoreParts } from './store-bill.ts';

/** What came of an approval, or of withdrawing one. */
export type Approval =
  | { kind: 'done'; run: Run }
  | { kind: 'unknown' }
  | { kind: 'stale'; version: number }
  | { kind: 'wrong_state'; state: Run['state'] }
  /** Weighings keep it from being approved. */
  | { kind: 'blocked'; blockedCount: number }
  /** There is nothing on it. */
  | { kind: 'empty' };

/**
 * Approves the figures of a draft, or takes an approval back while no bill has been issued.
 * @param isCurrent whether the run is as the caller saw it, by its version
 */
export async function decideRun(
  db: Db,
  wanted: {
    runId: string;
    event: 'approve' | 'withdraw';
    by: Actor;
    isCurrent: (version: number) => boolean;
  },
  parts: StoreParts,
): Promise<Approval> {
  const { runId, event, by, isCurrent } = wanted;
  return db.transaction().execute(async (trx): Promise<Approval> => {
    const run = await lockRun(trx, runId);
    if (run === undefined) return { kind: 'unknown' };
    if (!isCurrent(run.version)) return { kind: 'stale', version: run.version };
    const state = nextRunState(run.state, event);
    if (state === 'refused') return { kind: 'wrong_state', state: run.state };
    if (run.blocked_count > 0) return { kind: 'blocked', blockedCount: run.blocked_count };
    if (draftFiguresSchema.parse(JSON.parse(run.figures)).lines.length === 0) return { kind: 'empty' };
    const isApproved = event === 'approve';
    const changed = await trx
      .updateTable('bill_runs')
      .set({
        state,
        version: run.version + 1,
        approved_by: isApproved ? by.name : null,
        approved_at: isApproved ? isoInstant(parts.clock.now()) : null,
      })
      .where('id', '=', runId)
      .returningAll()
      .executeTakeFirstOrThrow();
    const after = { state, figuresHash: run.figures_hash, providerId: run.provider_id };
    const action = isApproved ? 'bill_run.approved' : 'bill_run.withdrawn';
    const subject = { kind: 'bill_run', id: runId };
    await recordChange(trx, { by, action, subject, before: { state: run.state }, after }, parts);
    return { kind: 'done', run: changed };
  });
}
