import type { Applied } from '../inbox/applied.ts';
import type { Trx } from '../store/database.ts';

/** How a session stops counting. */
export interface SessionEnd {
  sessionId: string;
  how: 'superseded' | 'voided';
  was: 'open' | 'closed' | 'single';
  /** The entry that says so. */
  entryUuid: string;
}

/** Marks a session as no longer counting. One that is at another stage, or ended already, parks the entry. */
export async function endSession(trx: Trx, { sessionId, how, was, entryUuid }: SessionEnd): Promise<Applied> {
  const { numUpdatedRows } = await trx
    .updateTable('weighing_sessions')
    .set({ ended: how, ended_entry_uuid: entryUuid })
    .where('id', '=', sessionId)
    .where('state', '=', was)
    .where('ended', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 1n) return { kind: 'applied' };
  return {
    kind: 'parked',
    reason: 'session_not_there',
    detail: `no session ${sessionId} is here that is ${was} and still counts`,
  };
}
