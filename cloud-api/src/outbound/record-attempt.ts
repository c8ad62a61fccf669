import { isoInstant } from '@weighgate/protocol';
import type { Db } from '../store/database.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import { retryPauseMs } from './retry-rule.ts';

/** What came of one attempt. `ended`: nobody waits for it any more, and it is not tried again. */
export interface AttemptOutcome {
  outcome: 'sent' | 'failed';
  status: number | null;
  detail: string;
  ended?: boolean;
}

/**
 * Writes an attempt down and says what becomes of the message: sent, tried again later, or given up. An attempt whose
 * lease ran out meanwhile is written down all the same, and changes nothing else.
 * @returns what has become of it
 */
export async function recordAttempt(
  db: Db,
  message: ClaimedMessage,
  { outcome, status, detail, ended = false }: AttemptOutcome,
  { startedAtMs, nowMs, chance }: { startedAtMs: number; nowMs: number; chance: number },
): Promise<'sent' | 'waiting' | 'failed'> {
  const state =
    outcome === 'sent' ? 'sent' : ended || message.attemptsLeft === 0 ? 'failed' : ('waiting' as const);
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('outbound_attempts')
      .values({
        message_id: message.messageId,
        number: message.attempt,
        started_at: isoInstant(startedAtMs),
        ended_at: isoInstant(nowMs),
        outcome,
        status,
        detail,
      })
      .execute();
    await trx
      .updateTable('outbound_messages')
      .set({
        state,
        last_detail: detail,
        next_attempt_at: isoInstant(nowMs + retryPauseMs(message.failedAttempts, chance)),
      })
      .where('message_id', '=', message.messageId)
      .where('state', '=', 'waiting')
      .where('attempts', '=', message.attempt)
      .execute();
  });
  return state;
}
