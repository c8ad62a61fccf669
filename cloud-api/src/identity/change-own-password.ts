import type { Caller } from '../http/caller.ts';
import { endSessionsOf } from './end-sessions.ts';
import type { IdentityParts, Place } from './identity-parts.ts';
import { noteEvent } from './note-event.ts';
import { passwordFaultOf } from './password-rules.ts';
import type { PasswordSet } from './password-token.ts';
import { provesPassword } from './proves-password.ts';

/** Changes the password of a signed-in user who still knows the one of before; every other session ends. */
export async function changeOwnPassword(
  caller: Caller,
  { current, password }: { current: string; password: string },
  place: Place,
  parts: IdentityParts,
): Promise<PasswordSet> {
  const message = passwordFaultOf(password, caller.name);
  if (message !== null) return { kind: 'fault', message };
  if (!(await provesPassword(caller, current, parts))) return { kind: 'refused' };
  const kept = await parts.passwords.hash(password);
  if (kept === 'busy') return { kind: 'busy' };
  await parts.db.transaction().execute(async (trx) => {
    await trx.updateTable('users').set({ password_hash: kept }).where('user_id', '=', caller.id).execute();
    await endSessionsOf(trx, caller.id, 'password_changed', parts.clock, caller.sessionId ?? undefined);
    const who = { userId: caller.id, actor: caller, place, detail: { by: 'user' } };
    await noteEvent(trx, { kind: 'password_changed', ...who }, parts);
  });
  parts.forgetCallers();
  return { kind: 'set' };
}
