import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db } from '../store/database.ts';

/** How long one attempt has the message for itself: longer than any sender waits. */
const LEASE_MS = 5 * 60_000;

/** A message that is this worker's to send, until the lease is over. */
export interface ClaimedMessage {
  messageId: string;
  channel: 'mail' | 'webhook';
  receiver: string;
  content: string;
  /** Number of this attempt, from 1. */
  attempt: number;
  attemptsLeft: number;
  /** Failed attempts since it was queued or replayed, this one included should it fail. */
  failedAttempts: number;
}

/**
 * Takes messages that are due: at most `limit`, and one for each receiver, so that a receiver who hangs holds up nobody
 * else. Two workers never take the same one.
 */
export async function claimMessages(
  db: Db,
  { nowMs, limit, maxAttempts }: { nowMs: number; limit: number; maxAttempts: number },
): Promise<ClaimedMessage[]> {
  const now = isoInstant(nowMs);
  const found = await sql<ClaimedMessage>`
    update outbound_messages m
       set attempts = m.attempts + 1,
           attempts_left = m.attempts_left - 1,
           next_attempt_at = ${isoInstant(nowMs + LEASE_MS)}::timestamptz
     where m.message_id in (
             select distinct on (channel, receiver) message_id
               from outbound_messages
              where state = 'waiting' and attempts_left > 0 and next_attempt_at <= ${now}::timestamptz
              order by channel, receiver, next_attempt_at, message_id
              limit ${limit})
       and m.state = 'waiting' and m.attempts_left > 0 and m.next_attempt_at <= ${now}::timestamptz
 returning m.message_id as "messageId", m.channel, m.receiver, m.content, m.attempts as attempt,
           m.attempts_left as "attemptsLeft", ${maxAttempts} - m.attempts_left as "failedAttempts"`.execute(
    db,
  );
  return found.rows;
}

/** Gives up what was being sent for the last time when its sender ended: nobody knows whether it arrived. */
export async function giveUpUnfinished(db: Db, nowMs: number): Promise<number> {
  const ended = await db
    .updateTable('outbound_messages')
    .set({
      state: 'failed',
      last_detail: 'the sender ended in the last attempt; it may or may not have arrived',
    })
    .where('state', '=', 'waiting')
    .where('attempts_left', '=', 0)
    .where('next_attempt_at', '<=', sql<Date>`${isoInstant(nowMs)}::timestamptz`)
    .executeTakeFirst();
  return Number(ended.numUpdatedRows);
}
