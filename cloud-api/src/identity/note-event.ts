import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Trx } from '../store/database.ts';
import type { IdentityParts, Place } from './identity-parts.ts';

/** What happens to accounts and is kept for ever. */
export type IdentityEventKind =
  | 'first_admin_made'
  | 'signed_in'
  | 'new_device'
  | 'sign_in_failed'
  | 'many_sign_ins_failed'
  | 'signed_out'
  | 'session_revoked'
  | 'sessions_ended'
  | 'refresh_token_reused'
  | 'password_changed'
  | 'password_reset_offered'
  | 'second_factor_on'
  | 'second_factor_off'
  | 'recovery_code_used'
  | 'user_added'
  | 'user_changed'
  | 'api_key_made'
  | 'api_key_renewed'
  | 'api_key_revoked';

/** What stands before the kind of such an event in the audit. */
export const ACCOUNT_ACTIONS = 'account.';

/** Somebody who has not proven who they are. */
export const somebody: Actor = { kind: 'unknown', id: null, name: 'unknown' };

/** A user, as the one who did it. */
export const userActor = (id: string, name: string): Actor => ({ kind: 'account', id, name });

/** Writes an event down in the audit, in the transaction of what happened. */
export async function noteEvent(
  trx: Trx | IdentityParts['db'],
  event: {
    kind: IdentityEventKind;
    /** The user it happened to; null when there is none of that name. */
    userId: string | null;
    /** The API key it happened to, where it was none of a user's. */
    keyId?: string;
    actor: Actor;
    place?: Place;
    before?: object;
    detail?: object;
  },
  parts: Pick<IdentityParts, 'clock' | 'makeId'>,
): Promise<void> {
  const { kind, userId, keyId, actor, place, before, detail } = event;
  await recordChange(
    trx,
    {
      by: actor,
      action: ACCOUNT_ACTIONS + kind,
      subject: keyId === undefined ? { kind: 'user', id: userId } : { kind: 'api_key', id: keyId },
      before: before ?? null,
      after: detail ?? null,
      place,
    },
    parts,
  );
}
