import type { Caller } from '../http/caller.ts';
import { takeAttempt } from './attempt-limit.ts';
import type { IdentityParts } from './identity-parts.ts';
import { nameKeyOf } from './sign-in.ts';

/**
 * Whether a signed-in user knows the own password. Guesses are counted by the session, so that a stolen access token is no
 * way around the limit of sign-ins.
 */
export async function provesPassword(
  caller: Caller,
  password: string,
  parts: IdentityParts,
): Promise<boolean> {
  const place = `session ${caller.sessionId ?? ''}`;
  const attempt = await takeAttempt(
    parts.db,
    { nameKey: nameKeyOf(caller.name), address: place },
    parts.clock,
  );
  if (attempt.kind === 'wait') return false;
  const user = await parts.db
    .selectFrom('users')
    .select('password_hash')
    .where('user_id', '=', caller.id)
    .executeTakeFirst();
  const matches = await parts.passwords.matches(password, user?.password_hash ?? null);
  if (matches !== true) return false;
  await attempt.succeed();
  return true;
}
