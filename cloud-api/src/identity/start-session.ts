import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import { ACCESS_TOKEN_S, signAccessToken } from './access-token.ts';
import { endSessions } from './end-sessions.ts';
import type { IdentityParts, Place } from './identity-parts.ts';
import { noteEvent, userActor } from './note-event.ts';
import { secretHashOf } from './secret-hash.ts';

const DAY_MS = 86_400_000;
const REFRESH_TOKEN_MS = 7 * DAY_MS;
/** A session that is refreshed all the time still ends after this long: then the password is asked for again. */
export const LONGEST_SESSION_MS = 30 * DAY_MS;
/** The sixth ends the oldest. */
const MAX_SESSIONS = 5;
const SECRET_BYTES = 32;

/** What a caller works with from now on. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** Life of the access token. */
  expiresInS: number;
  sessionId: string;
}

/** Begins a session for a user who has proven to be that user. */
export async function startSession(
  trx: Trx,
  user: { user_id: string; name: string },
  place: Place,
  parts: IdentityParts,
): Promise<Tokens> {
  const { clock, makeId } = parts;
  // Two sign-ins of one user take turns, so that both count.
  await trx.selectFrom('users').select('user_id').where('user_id', '=', user.user_id).forUpdate().execute();
  const before = await trx
    .selectFrom('sign_in_sessions')
    .select(['session_id', 'user_agent', 'address', 'ended_at', 'last_used_at'])
    .where('user_id', '=', user.user_id)
    .orderBy('started_at', 'desc')
    .orderBy('session_id', 'desc')
    .limit(500)
    .execute();
  const who = { userId: user.user_id, actor: userActor(user.user_id, user.name), place };
  await noteEvent(trx, { kind: 'signed_in', ...who }, parts);
  const isKnown = before.some((one) => one.user_agent === place.userAgent && one.address === place.address);
  if (!isKnown && before.length > 0) await noteEvent(trx, { kind: 'new_device', ...who }, parts);
  const tooMany = before.filter(({ ended_at }) => ended_at === null).slice(MAX_SESSIONS - 1);
  await endSessions(
    trx,
    tooMany.map(({ session_id }) => session_id),
    'too_many',
    clock,
  );

  const sessionId = makeId();
  const at = isoInstant(clock.now());
  await trx
    .insertInto('sign_in_sessions')
    .values({
      session_id: sessionId,
      user_id: user.user_id,
      started_at: at,
      last_used_at: at,
      user_agent: place.userAgent,
      address: place.address,
    })
    .execute();
  return makeTokens(trx, user.user_id, sessionId, parts);
}

/** A fresh pair for a session; the refresh token is shown this once and kept as a hash. */
export async function makeTokens(
  trx: Trx,
  userId: string,
  sessionId: string,
  { clock, makeId, randomBytes, keys }: IdentityParts,
): Promise<Tokens> {
  const nowMs = clock.now();
  const refreshToken = `wgr_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  await trx
    .insertInto('refresh_tokens')
    .values({
      token_hash: secretHashOf(refreshToken),
      session_id: sessionId,
      expires_at: isoInstant(nowMs + REFRESH_TOKEN_MS),
    })
    .execute();
  // One that expired long ago tells nothing any more.
  await trx
    .deleteFrom('refresh_tokens')
    .where('expires_at', '<', sql<Date>`${isoInstant(nowMs - LONGEST_SESSION_MS)}::timestamptz`)
    .execute();
  const { signing } = await keys();
  const accessToken = await signAccessToken({ userId, sessionId, tokenId: makeId() }, signing, nowMs);
  return { accessToken, refreshToken, expiresInS: ACCESS_TOKEN_S, sessionId };
}
