import { isoInstant } from '@weighgate/protocol';
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
  | 'refresh_token_reused'
  | 'password_changed'
  | 'password_reset_offered'
  | 'second_factor_on'
  | 'second_factor_off'
  | 'recovery_code_used'
  | 'user_added'
  | 'user_changed'
  | 'api_key_made'
  | 'api_key_revoked';

/** Writes an event down, in the transaction of what happened. */
export async function noteEvent(
  trx: Trx | IdentityParts['db'],
  event: {
    kind: IdentityEventKind;
    /** The user it happened to; null when there is none of that name. */
    userId: string | null;
    /** Who did it: a user's or a key's name. */
    actor: string;
    place?: Place;
    detail?: Record<string, unknown>;
  },
  { clock, makeId }: Pick<IdentityParts, 'clock' | 'makeId'>,
): Promise<void> {
  await trx
    .insertInto('identity_events')
    .values({
      event_id: makeId(),
      at: isoInstant(clock.now()),
      kind: event.kind,
      user_id: event.userId,
      actor: event.actor,
      address: event.place?.address ?? null,
      user_agent: event.place?.userAgent ?? null,
      detail: JSON.stringify(event.detail ?? {}),
    })
    .execute();
}
