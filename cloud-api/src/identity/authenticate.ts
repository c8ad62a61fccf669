import type { KeyObject } from 'node:crypto';
import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Authentication, Caller } from '../http/caller.ts';
import { permissions } from '../http/permission.ts';
import type { Db } from '../store/database.ts';
import { type AccessClaims, type TokenReading, verifyAccessToken } from './access-token.ts';
import type { IdentityParts } from './identity-parts.ts';
import { permissionsOf } from './role.ts';
import { secretHashOf } from './secret-hash.ts';
import { LONGEST_SESSION_MS } from './start-session.ts';

/** What is known of a caller is looked up again this soon: another replica's changes hold within it. */
const KEPT_MS = 15_000;
const MAX_KEPT = 10_000;
/** The last use of a key is written down to the minute. */
const LAST_USE_STEP_MS = 60_000;
const MAX_KEY_CHARS = 256;

/** A caller, and until when at the longest. */
interface Found {
  caller: Caller;
  endsAtMs: number;
}

/** Finds out who sends a bearer credential. */
export interface Authenticator {
  authenticate(bearer: string): Promise<Authentication>;
  /** Forgets what was looked up. */
  forget(): void;
}

/** Access tokens have two dots, API keys none. */
export function makeAuthenticator(
  parts: Pick<IdentityParts, 'db' | 'clock' | 'log' | 'keys'>,
): Authenticator {
  const { db, clock, log } = parts;
  const verified = new Map<string, AccessClaims>();
  let verifiedWith: ReadonlyMap<string, KeyObject> | undefined;
  const kept = new Map<string, { found: Found | undefined; readAtMs: number }>();

  async function lookUp(id: string, read: () => Promise<Found | undefined>): Promise<Authentication> {
    const before = kept.get(id);
    const isFresh = before !== undefined && clock.monotonicMs() - before.readAtMs < KEPT_MS;
    const readAtMs = clock.monotonicMs();
    const found = isFresh ? before.found : await read();
    if (!isFresh && found !== undefined) {
      kept.delete(id);
      kept.set(id, { found, readAtMs });
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    }
    if (found === undefined || found.endsAtMs <= clock.now()) return { kind: 'refused' };
    return { kind: 'caller', caller: found.caller };
  }

  /** A token that was verified is not verified again while it lives and the keys are the same. */
  async function read(token: string): Promise<TokenReading> {
    const { verifying } = await parts.keys();
    if (verifying !== verifiedWith) verified.clear();
    verifiedWith = verifying;
    const before = verified.get(token);
    if (before !== undefined && before.exp * 1_000 > clock.now()) return { kind: 'valid', claims: before };
    const reading = await verifyAccessToken(token, verifying, clock.now());
    if (reading.kind === 'valid') {
      verified.set(token, reading.claims);
      const [oldest] = verified.keys();
      if (verified.size > MAX_KEPT && oldest !== undefined) verified.delete(oldest);
    }
    return reading;
  }

  return {
    forget: () => kept.clear(),
    authenticate: async (bearer) => {
      if (!bearer.includes('.')) {
        if (bearer.length > MAX_KEY_CHARS) return { kind: 'refused' };
        const hash = secretHashOf(bearer);
        return lookUp(`key ${hash}`, () => findKey(db, hash, clock.now()));
      }
      const reading = await read(bearer);
      if (reading.kind === 'refused') {
        log.info({ why: reading.why }, 'identity.token_refused');
        return reading;
      }
      const { sub, sid } = reading.claims;
      return lookUp(`session ${sid} ${sub}`, () => findUser(db, sub, sid));
    },
  };
}

async function findUser(db: Db, userId: string, sessionId: string): Promise<Found | undefined> {
  const row = await db
    .selectFrom('sign_in_sessions as s')
    .innerJoin('users as u', 'u.user_id', 's.user_id')
    .leftJoin('providers as p', 'p.id', 'u.provider_id')
    .select(['u.user_id', 'u.name', 'u.role', 's.started_at', 'p.status'])
    .select((eb) => eb.fn.coalesce('p.merged_into', 'p.id').as('provider_id'))
    .where('s.session_id', '=', sessionId)
    .where('u.user_id', '=', userId)
    .where('s.ended_at', 'is', null)
    .where('u.disabled_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined || row.status === 'revoked') return undefined;
  const caller: Caller = {
    kind: 'account',
    id: row.user_id,
    name: row.name,
    role: row.role,
    permissions: permissionsOf(row.role),
    providerId: row.provider_id,
    sessionId,
  };
  return { caller, endsAtMs: row.started_at.getTime() + LONGEST_SESSION_MS };
}

async function findKey(db: Db, hash: string, nowMs: number): Promise<Found | undefined> {
  const row = await db
    .selectFrom('api_keys as k')
    .leftJoin('providers as p', 'p.id', 'k.provider_id')
    .select(['k.key_id', 'k.name', 'k.permissions', 'k.expires_at', 'k.last_used_at', 'p.status'])
    .select((eb) => eb.fn.coalesce('p.merged_into', 'p.id').as('provider_id'))
    .where('k.key_hash', '=', hash)
    .where('k.revoked_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined || row.status === 'revoked' || row.expires_at.getTime() <= nowMs) return undefined;
  if ((row.last_used_at?.getTime() ?? 0) < nowMs - LAST_USE_STEP_MS) {
    await db
      .updateTable('api_keys')
      .set({ last_used_at: sql<string>`greatest(last_used_at, ${isoInstant(nowMs)}::timestamptz)` })
      .where('key_id', '=', row.key_id)
      .execute();
  }
  const caller: Caller = {
    kind: 'key',
    id: row.key_id,
    name: row.name,
    role: null,
    permissions: new Set(permissions.filter((one) => row.permissions.includes(one))),
    providerId: row.provider_id,
    sessionId: null,
  };
  return { caller, endsAtMs: row.expires_at.getTime() };
}
