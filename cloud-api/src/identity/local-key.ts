import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import { theCloud } from '../audit/record-change.ts';
import type { Permission } from '../http/permission.ts';
import { keepApiKey, keyPermissions } from './api-keys.ts';
import type { IdentityParts } from './identity-parts.ts';
import { noteEvent } from './note-event.ts';
import { secretHashOf } from './secret-hash.ts';

const DAY_MS = 86_400_000;
const LIFE_MS = 365 * DAY_MS;
/** Renewed at a start from this long before its end. */
const RENEWED_MS = 90 * DAY_MS;

/** Work on this machine: everything but saying who else may. */
export const localPermissions = keyPermissions.filter(
  (one) => one !== 'users.write' && one !== 'keys.write' && one !== 'audit.read',
);
/** The command line: everything. */
export const adminPermissions: readonly Permission[] = keyPermissions;

/**
 * Lets a key that is kept in a file of the data folder in, as an API key like any other: hashed, scoped, expiring, with
 * its last use, and revocable. One that was revoked stays so; for a new one the file is removed.
 */
export async function admitLocalKey(
  key: string,
  { name, permissions }: { name: string; permissions: readonly Permission[] },
  parts: Pick<IdentityParts, 'db' | 'clock' | 'makeId' | 'log'>,
): Promise<void> {
  const { db, clock, log } = parts;
  const nowMs = clock.now();
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('local keys', 0))`.execute(trx);
    const known = await trx
      .selectFrom('api_keys')
      .select(['key_id', 'expires_at', 'revoked_at'])
      .where('key_hash', '=', secretHashOf(key))
      .executeTakeFirst();
    if (known === undefined) {
      const wish = { name, permissions, providerId: null, expiresAtMs: nowMs + LIFE_MS };
      await keepApiKey(trx, key, wish, theCloud, parts);
    } else if (known.revoked_at !== null) {
      log.warn({ key: name }, 'identity.local_key_is_revoked');
    } else if (known.expires_at.getTime() < nowMs + RENEWED_MS) {
      await trx
        .updateTable('api_keys')
        .set({ expires_at: isoInstant(nowMs + LIFE_MS) })
        .where('key_id', '=', known.key_id)
        .execute();
      const event = { userId: null, keyId: known.key_id, actor: theCloud };
      const before = { expiresAt: known.expires_at };
      const detail = { expiresAt: isoInstant(nowMs + LIFE_MS) };
      await noteEvent(trx, { kind: 'api_key_renewed', ...event, before, detail }, parts);
    }
  });
}
