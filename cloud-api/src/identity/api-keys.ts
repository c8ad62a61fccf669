import { isoInstant } from '@weighgate/protocol';
import type { Actor } from '../audit/record-change.ts';
import { type Permission, permissions } from '../http/permission.ts';
import type { Db, Trx } from '../store/database.ts';
import type { IdentityParts } from './identity-parts.ts';
import { noteEvent } from './note-event.ts';
import { secretHashOf } from './secret-hash.ts';

const SECRET_BYTES = 32;
const PREFIX_CHARS = 10;

/** What a key may carry at most: a machine has no account of its own. */
export const keyPermissions = permissions.filter((one) => one !== 'account.own');

export interface KeyWish {
  name: string;
  permissions: readonly Permission[];
  /** The one provider whose data it may see; null for everybody's. */
  providerId: number | null;
  expiresAtMs: number;
}

/** Makes a key. The text is answered this once; its hash is kept. */
export async function makeApiKey(
  trx: Db | Trx,
  wish: KeyWish,
  by: Actor,
  parts: Pick<IdentityParts, 'clock' | 'makeId' | 'randomBytes'>,
): Promise<{ keyId: string; key: string }> {
  const key = `wgk_${parts.randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { keyId: await keepApiKey(trx, key, wish, by, parts), key };
}

/** Keeps a key whose text was made elsewhere. */
export async function keepApiKey(
  trx: Db | Trx,
  key: string,
  wish: KeyWish,
  by: Actor,
  parts: Pick<IdentityParts, 'clock' | 'makeId'>,
): Promise<string> {
  const keyId = parts.makeId();
  await trx
    .insertInto('api_keys')
    .values({
      key_id: keyId,
      name: wish.name,
      prefix: key.slice(0, PREFIX_CHARS),
      key_hash: secretHashOf(key),
      permissions: [...wish.permissions],
      provider_id: wish.providerId,
      created_at: isoInstant(parts.clock.now()),
      created_by: by.name,
      expires_at: isoInstant(wish.expiresAtMs),
      revoked_at: null,
      revoked_by: null,
      last_used_at: null,
    })
    .execute();
  const detail = {
    name: wish.name,
    permissions: wish.permissions,
    providerId: wish.providerId,
    expiresAt: isoInstant(wish.expiresAtMs),
  };
  await noteEvent(trx, { kind: 'api_key_made', userId: null, keyId, actor: by, detail }, parts);
  return keyId;
}

/** Ends a key. Whether there was one that still counted. */
export async function revokeApiKey(
  keyId: string,
  by: Actor,
  { db, clock, makeId, forgetCallers }: IdentityParts,
): Promise<boolean> {
  const revoked = await db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('api_keys')
      .set({ revoked_at: isoInstant(clock.now()), revoked_by: by.name })
      .where('key_id', '=', keyId)
      .where('revoked_at', 'is', null)
      .returning('name')
      .executeTakeFirst();
    if (row === undefined) return false;
    const detail = { name: row.name };
    const event = { userId: null, keyId, actor: by, detail };
    await noteEvent(trx, { kind: 'api_key_revoked', ...event }, { clock, makeId });
    return true;
  });
  forgetCallers();
  return revoked;
}
