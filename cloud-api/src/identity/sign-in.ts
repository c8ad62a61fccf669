import { takeAttempt } from './attempt-limit.ts';
import type { IdentityParts, Place } from './identity-parts.ts';
import { noteEvent, somebody } from './note-event.ts';
import { takeCode } from './second-factor.ts';
import { startSession, type Tokens } from './start-session.ts';

export interface SignInWish {
  name: string;
  password: string;
  /** Of the authenticator app, or a recovery code. */
  code: string | undefined;
}

/** A refusal does not say whether there is such a user: unknown, disabled and wrong look and last alike. */
export type SignedIn =
  | { kind: 'signed_in'; tokens: Tokens }
  | { kind: 'refused' }
  | { kind: 'code_needed' }
  | { kind: 'wait'; waitMs: number }
  | { kind: 'busy' };

/** The form in which names are compared. No user has a NUL in the name, and PostgreSQL no text with one. */
export const nameKeyOf = (name: string) =>
  name.trim().normalize('NFKC').toLowerCase().replaceAll('\u0000', '\ufffd');

/** Signs a user in by name and password, and by a code where the user has a second factor. */
export async function signIn(wish: SignInWish, place: Place, parts: IdentityParts): Promise<SignedIn> {
  const { db, clock } = parts;
  const nameKey = nameKeyOf(wish.name);
  const attempt = await takeAttempt(db, { nameKey, address: place.address }, clock);
  if (attempt.kind === 'wait') return attempt;
  if (attempt.isAlarm) {
    await noteEvent(db, { kind: 'many_sign_ins_failed', userId: null, actor: somebody, place }, parts);
    parts.log.warn('identity.many_sign_ins_failed');
  }
  const user = await db
    .selectFrom('users')
    .select(['user_id', 'name', 'password_hash', 'disabled_at', 'totp_since'])
    .where('name_key', '=', nameKey)
    .executeTakeFirst();
  const matches = await parts.passwords.matches(wish.password, user?.password_hash ?? null);
  if (matches === 'busy') {
    await attempt.forgive();
    return { kind: 'busy' };
  }
  const failed = async (): Promise<SignedIn> => {
    const who = { userId: user?.user_id ?? null, actor: somebody, place };
    await noteEvent(db, { kind: 'sign_in_failed', ...who }, parts);
    return { kind: 'refused' };
  };
  if (user === undefined || !matches || user.disabled_at !== null) return failed();
  if (user.totp_since !== null && wish.code === undefined) {
    await attempt.forgive();
    return { kind: 'code_needed' };
  }
  const tokens = await db.transaction().execute(async (trx): Promise<Tokens | undefined> => {
    const now = await trx
      .selectFrom('users')
      .select(['user_id', 'name', 'password_hash', 'disabled_at', 'totp_secret', 'totp_since', 'totp_step'])
      .where('user_id', '=', user.user_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    // Between the comparison and here, somebody may have disabled the user or changed the password.
    if (now.disabled_at !== null || now.password_hash !== user.password_hash) return undefined;
    if (now.totp_since !== null && !(await takeCode(trx, now, wish.code ?? '', parts))) return undefined;
    return startSession(trx, now, place, parts);
  });
  if (tokens === undefined) return failed();
  await attempt.succeed();
  return { kind: 'signed_in', tokens };
}
