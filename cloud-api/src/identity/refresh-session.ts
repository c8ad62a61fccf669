import { isoInstant } from '@weighgate/protocol';
import { endSessions } from './end-sessions.ts';
import type { IdentityParts, Place } from './identity-parts.ts';
import { noteEvent, userActor } from './note-event.ts';
import { secretHashOf } from './secret-hash.ts';
import { LONGEST_SESSION_MS, makeTokens, type Tokens } from './start-session.ts';

export type Refreshed = { kind: 'refreshed'; tokens: Tokens } | { kind: 'refused' };

/**
 * Exchanges a refresh token for a fresh pair. It is good once: when one comes again, somebody has a copy, and the session
 * ends for both.
 */
export async function refreshSession(
  refreshToken: string,
  place: Place,
  parts: IdentityParts,
): Promise<Refreshed> {
  const { db, clock } = parts;
  const refreshed = await db.transaction().execute(async (trx): Promise<Refreshed> => {
    const hash = secretHashOf(refreshToken);
    const row = await trx
      .selectFrom('refresh_tokens as t')
      .innerJoin('sign_in_sessions as s', 's.session_id', 't.session_id')
      .innerJoin('users as u', 'u.user_id', 's.user_id')
      .select([
        't.used_at',
        't.expires_at',
        's.session_id',
        's.started_at',
        's.ended_at',
        'u.user_id',
        'u.name',
        'u.disabled_at',
      ])
      .where('t.token_hash', '=', hash)
      .forUpdate(['t', 's'])
      .executeTakeFirst();
    if (row === undefined) return { kind: 'refused' };
    if (row.used_at !== null) {
      await endSessions(trx, [row.session_id], 'refresh_token_reused', clock);
      const actor = userActor(row.user_id, row.name);
      const who = { userId: row.user_id, actor, place, detail: { sessionId: row.session_id } };
      await noteEvent(trx, { kind: 'refresh_token_reused', ...who }, parts);
      parts.log.warn({ userId: row.user_id, sessionId: row.session_id }, 'identity.refresh_token_reused');
      return { kind: 'refused' };
    }
    const nowMs = clock.now();
    const isOver =
      row.ended_at !== null ||
      row.disabled_at !== null ||
      row.expires_at.getTime() <= nowMs ||
      row.started_at.getTime() + LONGEST_SESSION_MS <= nowMs;
    if (isOver) return { kind: 'refused' };
    await trx
      .updateTable('refresh_tokens')
      .set({ used_at: isoInstant(nowMs) })
      .where('token_hash', '=', hash)
      .execute();
    await trx
      .updateTable('sign_in_sessions')
      .set({ last_used_at: isoInstant(nowMs), address: place.address, user_agent: place.userAgent })
      .where('session_id', '=', row.session_id)
      .execute();
    return { kind: 'refreshed', tokens: await makeTokens(trx, row.user_id, row.session_id, parts) };
  });
  if (refreshed.kind === 'refused') parts.forgetCallers();
  return refreshed;
}
