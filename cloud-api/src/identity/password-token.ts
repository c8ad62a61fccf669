import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import { endSessionsOf } from './end-sessions.ts';
import type { IdentityParts, Place } from './identity-parts.ts';
import { noteEvent, userActor } from './note-event.ts';
import { passwordFaultOf } from './password-rules.ts';
import { secretHashOf } from './secret-hash.ts';
import { nameKeyOf } from './sign-in.ts';

const LIFE_MS = 24 * 3_600_000;
const SECRET_BYTES = 24;

export interface PasswordToken {
  token: string;
  expiresAt: string;
}

/**
 * A token that sets a password once, within a day; those of before are worth nothing any more.
 * @param userId null for the token of the first run
 */
export async function makePasswordToken(
  trx: Trx,
  userId: string | null,
  { clock, randomBytes }: Pick<IdentityParts, 'clock' | 'randomBytes'>,
): Promise<PasswordToken> {
  const nowMs = clock.now();
  const token = `wgp_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const expiresAt = isoInstant(nowMs + LIFE_MS);
  if (userId !== null) {
    await trx
      .updateTable('password_tokens')
      .set({ used_at: isoInstant(nowMs) })
      .where('user_id', '=', userId)
      .where('used_at', 'is', null)
      .execute();
  }
  await trx
    .insertInto('password_tokens')
    .values({ token_hash: secretHashOf(token), user_id: userId, expires_at: expiresAt })
    .execute();
  return { token, expiresAt };
}

export type PasswordSet =
  | { kind: 'set' }
  | { kind: 'refused' }
  | { kind: 'fault'; message: string }
  | { kind: 'busy' };

/** Sets a password by a token, and ends every session of the user. A password that breaks a rule does not use it up. */
export async function setPasswordByToken(
  { token, password }: { token: string; password: string },
  place: Place,
  parts: IdentityParts,
): Promise<PasswordSet> {
  const { db, clock } = parts;
  const done = await db.transaction().execute(async (trx): Promise<PasswordSet> => {
    const hash = secretHashOf(token);
    const user = await trx
      .selectFrom('password_tokens as t')
      .innerJoin('users as u', 'u.user_id', 't.user_id')
      .select(['u.user_id', 'u.name'])
      .where('t.token_hash', '=', hash)
      .where('t.used_at', 'is', null)
      .where('t.expires_at', '>', sql<Date>`${isoInstant(clock.now())}::timestamptz`)
      .where('u.disabled_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (user === undefined) return { kind: 'refused' };
    const message = passwordFaultOf(password, user.name);
    if (message !== null) return { kind: 'fault', message };
    const kept = await parts.passwords.hash(password);
    if (kept === 'busy') return { kind: 'busy' };
    await trx
      .updateTable('password_tokens')
      .set({ used_at: isoInstant(clock.now()) })
      .where('token_hash', '=', hash)
      .execute();
    await trx.updateTable('users').set({ password_hash: kept }).where('user_id', '=', user.user_id).execute();
    await endSessionsOf(trx, user.user_id, 'password_changed', clock);
    const who = {
      userId: user.user_id,
      actor: userActor(user.user_id, user.name),
      place,
      detail: { by: 'token' },
    };
    await noteEvent(trx, { kind: 'password_changed', ...who }, parts);
    return { kind: 'set' };
  });
  parts.forgetCallers();
  return done;
}

/**
 * Makes the first administrator, by the token of the first run. Once there is a user, no such token is worth anything.
 */
export async function makeFirstAdmin(
  { token, name, password }: { token: string; name: string; password: string },
  place: Place,
  parts: IdentityParts,
): Promise<PasswordSet> {
  const { db, clock } = parts;
  return db.transaction().execute(async (trx): Promise<PasswordSet> => {
    await sql`select pg_advisory_xact_lock(hashtextextended('first admin', 0))`.execute(trx);
    const known = await trx
      .selectFrom('password_tokens')
      .select('token_hash')
      .where('token_hash', '=', secretHashOf(token))
      .where('user_id', 'is', null)
      .where('used_at', 'is', null)
      .where('expires_at', '>', sql<Date>`${isoInstant(clock.now())}::timestamptz`)
      .executeTakeFirst();
    const anybody = await trx.selectFrom('users').select('user_id').limit(1).executeTakeFirst();
    if (known === undefined || anybody !== undefined) return { kind: 'refused' };
    const message = passwordFaultOf(password, name);
    if (message !== null) return { kind: 'fault', message };
    const kept = await parts.passwords.hash(password);
    if (kept === 'busy') return { kind: 'busy' };
    const at = isoInstant(clock.now());
    await trx.updateTable('password_tokens').set({ used_at: at }).where('user_id', 'is', null).execute();
    const userId = parts.makeId();
    await trx
      .insertInto('users')
      .values({
        user_id: userId,
        name: name.trim(),
        name_key: nameKeyOf(name),
        role: 'admin',
        provider_id: null,
        password_hash: kept,
        created_at: at,
      })
      .execute();
    await noteEvent(
      trx,
      { kind: 'first_admin_made', userId, actor: userActor(userId, name.trim()), place },
      parts,
    );
    return { kind: 'set' };
  });
}

/** A token for the first administrator; undefined when there is a user already. */
export function offerFirstAdmin(parts: Pick<IdentityParts, 'db' | 'clock' | 'randomBytes'>) {
  return parts.db.transaction().execute(async (trx): Promise<PasswordToken | undefined> => {
    const anybody = await trx.selectFrom('users').select('user_id').limit(1).executeTakeFirst();
    return anybody === undefined ? makePasswordToken(trx, null, parts) : undefined;
  });
}
