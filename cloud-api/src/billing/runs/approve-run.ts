import { isoInstant } from '@weighgate/protocol';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Db } from '../../store/database.ts';
import type { MayBeMissing } from '../bill-view.ts';
import { findMissing } from '../find-missing.ts';
import { draftFiguresSchema } from './draft-figures.ts';
import { lockRun, periodOfRun, type Run } from './find-run.ts';
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
  | { kind: 'empty' }
  /** Something may belong on it that is not known to. */
  | { kind: 'incomplete'; missing: MayBeMissing };

/**
 * Approves the figures of a draft, or takes an approval back while no bill has been issued. While something may be missing
 * of the period it is approved only by somebody who says why; that and what was missing are on record in the audit.
 * @param wanted `isCurrent`: whether the run is as the caller saw it, by its version; `whyIncomplete`: why it may be
 *   approved though something may be missing, null when it may not
 */
export async function decideRun(
  db: Db,
  wanted: {
    runId: string;
    event: 'approve' | 'withdraw';
    by: Actor;
    isCurrent: (version: number) => boolean;
    whyIncomplete?: string | null;
  },
  parts: StoreParts,
): Promise<Approval> {
  const { runId, event, by, isCurrent, whyIncomplete = null } = wanted;
  return db.transaction().execute(async (trx): Promise<Approval> => {
    const run = await lockRun(trx, runId);
    if (run === undefined) return { kind: 'unknown' };
    if (!isCurrent(run.version)) return { kind: 'stale', version: run.version };
    const state = nextRunState(run.state, event);
    if (state === 'refused') return { kind: 'wrong_state', state: run.state };
    if (run.blocked_count > 0) return { kind: 'blocked', blockedCount: run.blocked_count };
    if (draftFiguresSchema.parse(JSON.parse(run.figures)).lines.length === 0) return { kind: 'empty' };
    const isApproved = event === 'approve';
    const missing = isApproved ? await findMissing(trx, periodOfRun(run)) : nothing;
    const isIncomplete = missing.notReported.length + missing.noOwner.length > 0;
    if (isIncomplete && whyIncomplete === null) return { kind: 'incomplete', missing };
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
    const its = { state, figuresHash: run.figures_hash, providerId: run.provider_id };
    const after = isIncomplete ? { ...its, missing: namesOf(missing) } : its;
    const action = isApproved ? 'bill_run.approved' : 'bill_run.withdrawn';
    const subject = { kind: 'bill_run', id: runId };
    const why = isIncomplete ? (whyIncomplete ?? undefined) : undefined;
    await recordChange(trx, { by, action, subject, before: { state: run.state }, after, why }, parts);
    return { kind: 'done', run: changed };
  });
}

const nothing: MayBeMissing = { notReported: [], noOwner: [] };

/** Most of each that an entry of the audit names. */
const MAX_ON_RECORD = 50;

/** What the audit keeps of what was missing. */
function namesOf({ notReported, noOwner }: MayBeMissing) {
  return {
    deviceCount: notReported.length,
    devices: notReported.slice(0, MAX_ON_RECORD).map(({ device }) => device),
    ownerlessCount: noOwner.length,
    ownerlessSessions: noOwner.slice(0, MAX_ON_RECORD).map(({ sessionId }) => sessionId),
  };
}
