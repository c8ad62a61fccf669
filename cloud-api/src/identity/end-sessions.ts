import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Db, Trx } from '../store/database.ts';

export type SessionEnd =
  | 'signed_out'
  | 'revoked'
  | 'too_many'
  | 'refresh_token_reused'
  | 'password_changed'
  | 'user_changed';

/** Ends sessions that have not ended yet; their refresh tokens are worth nothing any more. */
export async function endSessions(
  trx: Db | Trx,
  sessionIds: readonly string[],
  reason: SessionEnd,
  clock: Clock,
): Promise<void> {
  if (sessionIds.length === 0) return;
  await trx
    .updateTable('sign_in_sessions')
    .set({ ended_at: isoInstant(clock.now()), end_reason: reason })
    .where('session_id', 'in', sessionIds)
    .where('ended_at', 'is', null)
    .execute();
}

/** Ends every session of a user. */
export async function endSessionsOf(
  trx: Trx,
  userId: string,
  reason: SessionEnd,
  clock: Clock,
  except?: string,
): Promise<number> {
  const ended = await trx
    .updateTable('sign_in_sessions')
    .set({ ended_at: isoInstant(clock.now()), end_reason: reason })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .$if(except !== undefined, (query) => query.where('session_id', '<>', except ?? ''))
    .returning('session_id')
    .execute();
  return ended.length;
}
