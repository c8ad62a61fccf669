import { isoInstant } from '@weighgate/protocol';
import type { Caller } from '../http/caller.ts';
import type { IdentityParts, Place } from './identity-parts.ts';
import { noteEvent } from './note-event.ts';
import { provesPassword } from './proves-password.ts';
import { makeRecoveryCodes, makeSecondFactor, stepOfCode, takeCode } from './second-factor.ts';

/** A new secret for the user's app; undefined when the password is wrong or a second factor is on. */
export async function beginSecondFactor(caller: Caller, password: string, parts: IdentityParts) {
  if (!(await provesPassword(caller, password, parts))) return undefined;
  const { secret, uri } = makeSecondFactor(caller.name, parts.randomBytes);
  const begun = await parts.db
    .updateTable('users')
    .set({ totp_secret: parts.seal.close(secret, caller.id), totp_step: null })
    .where('user_id', '=', caller.id)
    .where('totp_since', 'is', null)
    .returning('user_id')
    .executeTakeFirst();
  return begun === undefined ? undefined : { secret, uri };
}

/** Turns the second factor on when the app shows the right code. */
export function confirmSecondFactor(
  caller: Caller,
  code: string,
  place: Place,
  parts: IdentityParts,
): Promise<string[] | undefined> {
  const { db, clock, seal } = parts;
  return db.transaction().execute(async (trx) => {
    const user = await trx
      .selectFrom('users')
      .select(['totp_secret', 'totp_since'])
      .where('user_id', '=', caller.id)
      .forUpdate()
      .executeTakeFirst();
    if (user === undefined || user.totp_secret === null || user.totp_since !== null) return undefined;
    const secret = seal.open(user.totp_secret, caller.id);
    const step = secret === undefined ? undefined : stepOfCode(code, secret, clock.now(), null);
    if (step === undefined) return undefined;
    await trx
      .updateTable('users')
      .set({ totp_since: isoInstant(clock.now()), totp_step: step })
      .where('user_id', '=', caller.id)
      .execute();
    await noteEvent(trx, { kind: 'second_factor_on', userId: caller.id, actor: caller, place }, parts);
    return makeRecoveryCodes(trx, caller.id, parts.randomBytes);
  });
}

/** Turns it off for a user who has both factors at hand. */
export async function endSecondFactor(
  caller: Caller,
  proof: { password: string; code: string },
  place: Place,
  parts: IdentityParts,
): Promise<boolean> {
  if (!(await provesPassword(caller, proof.password, parts))) return false;
  return parts.db.transaction().execute(async (trx) => {
    const user = await trx
      .selectFrom('users')
      .select(['user_id', 'name', 'totp_secret', 'totp_step', 'totp_since'])
      .where('user_id', '=', caller.id)
      .forUpdate()
      .executeTakeFirst();
    if (user === undefined || user.totp_since === null) return false;
    if (!(await takeCode(trx, user, proof.code, parts))) return false;
    const nothing = { totp_secret: null, totp_since: null, totp_step: null };
    await trx.updateTable('users').set(nothing).where('user_id', '=', caller.id).execute();
    await trx.deleteFrom('recovery_codes').where('user_id', '=', caller.id).execute();
    await noteEvent(trx, { kind: 'second_factor_off', userId: caller.id, actor: caller, place }, parts);
    return true;
  });
}
