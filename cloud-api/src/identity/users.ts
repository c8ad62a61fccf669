import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Actor } from '../audit/record-change.ts';
import { type MatchFault, matchFaultOf } from '../http/if-match.ts';
import type { Trx } from '../store/database.ts';
import { endSessionsOf } from './end-sessions.ts';
import type { IdentityParts } from './identity-parts.ts';
import { noteEvent } from './note-event.ts';
import { makePasswordToken, type PasswordToken } from './password-token.ts';
import type { Role } from './role.ts';
import { nameKeyOf } from './sign-in.ts';

export interface NewUser {
  name: string;
  role: Role;
  /** Of a `provider`, and of nobody else. */
  providerId: number | null;
}

export type Added =
  | { kind: 'added'; userId: string; passwordToken: PasswordToken }
  | { kind: 'name_taken' }
  | { kind: 'unknown_provider' };

/** Adds a user without a password; the person sets one by the token. */
export async function addUser(trx: Trx, wish: NewUser, by: Actor, parts: IdentityParts): Promise<Added> {
  const { clock, makeId } = parts;
  if (wish.providerId !== null && !(await isProvider(trx, wish.providerId))) {
    return { kind: 'unknown_provider' };
  }
  const row = await trx
    .insertInto('users')
    .values({
      user_id: makeId(),
      name: wish.name,
      name_key: nameKeyOf(wish.name),
      role: wish.role,
      provider_id: wish.providerId,
      password_hash: null,
      created_at: isoInstant(clock.now()),
    })
    .onConflict((conflict) => conflict.column('name_key').doNothing())
    .returning('user_id')
    .executeTakeFirst();
  if (row === undefined) return { kind: 'name_taken' };
  await noteEvent(trx, { kind: 'user_added', userId: row.user_id, actor: by, detail: { ...wish } }, parts);
  return {
    kind: 'added',
    userId: row.user_id,
    passwordToken: await makePasswordToken(trx, row.user_id, parts),
  };
}

async function isProvider(trx: Trx, id: number): Promise<boolean> {
  return (
    (await trx.selectFrom('providers').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
  );
}

export interface UserChange {
  role?: Role | undefined;
  disabled?: boolean | undefined;
  /** Takes the second factor from a user who lost it. */
  withoutSecondFactor?: boolean | undefined;
}
export type Changed =
  | { kind: 'changed'; version: number }
  | { kind: 'not_matched'; fault: MatchFault }
  | { kind: 'unknown' | 'last_admin' | 'provider_stays' };

/**
 * Changes a user and ends the sessions that stood on what was before. One administrator always stays.
 * @param ifMatch what the change is based on, as in the header
 */
export async function changeUser(
  userId: string,
  change: UserChange,
  ifMatch: string | undefined,
  by: Actor,
  parts: IdentityParts,
): Promise<Changed> {
  const { db, clock } = parts;
  const done = await db.transaction().execute(async (trx): Promise<Changed> => {
    // Two administrators who disable each other take turns.
    await sql`select pg_advisory_xact_lock(hashtextextended('administrators', 0))`.execute(trx);
    const user = await trx
      .selectFrom('users')
      .select(['role', 'disabled_at', 'version'])
      .where('user_id', '=', userId)
      .forUpdate()
      .executeTakeFirst();
    if (user === undefined) return { kind: 'unknown' };
    const fault = matchFaultOf(ifMatch, user.version);
    if (fault !== null) return { kind: 'not_matched', fault };
    const role = change.role ?? user.role;
    const isDisabled = change.disabled ?? user.disabled_at !== null;
    if ((role === 'provider') !== (user.role === 'provider')) return { kind: 'provider_stays' };
    if (user.role === 'admin' && (role !== 'admin' || isDisabled)) {
      const other = await trx
        .selectFrom('users')
        .select('user_id')
        .where('role', '=', 'admin')
        .where('disabled_at', 'is', null)
        .where('user_id', '<>', userId)
        .executeTakeFirst();
      if (other === undefined) return { kind: 'last_admin' };
    }
    const disabledAt = isDisabled ? (user.disabled_at ?? new Date(clock.now())).toISOString() : null;
    await trx
      .updateTable('users')
      .set({ role, disabled_at: disabledAt })
      .where('user_id', '=', userId)
      .execute();
    if (change.withoutSecondFactor === true) {
      const nothing = { totp_secret: null, totp_since: null, totp_step: null };
      await trx.updateTable('users').set(nothing).where('user_id', '=', userId).execute();
      await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
    }
    await endSessionsOf(trx, userId, 'user_changed', clock);
    const before = { role: user.role, disabled: user.disabled_at !== null };
    const detail = { role, disabled: isDisabled, withoutSecondFactor: change.withoutSecondFactor };
    await noteEvent(trx, { kind: 'user_changed', userId, actor: by, before, detail }, parts);
    const { version } = await trx
      .selectFrom('users')
      .select('version')
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    return { kind: 'changed', version };
  });
  parts.forgetCallers();
  return done;
}
