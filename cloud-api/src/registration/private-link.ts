import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { secretHashOf } from '../identity/secret-hash.ts';
import type { Db, Trx } from '../store/database.ts';
import type { ApplicationsTable } from '../store/registration-tables.ts';

const LINK_DAYS = 180;
const DAY_MS = 86_400_000;
const TOKEN_BYTES = 24;

/** What {@link makePrivateLink} makes: 192 bits of chance. */
export const linkTokenPattern = /^wga_[A-Za-z0-9_-]{32}$/;

export interface PrivateLink {
  /** Told to the applicant once and kept nowhere in clear. */
  token: string;
  hash: string;
  expiresAtMs: number;
}

/** The key to one application, for 180 days. */
export function makePrivateLink(randomBytes: (size: number) => Buffer, clock: Clock): PrivateLink {
  const token = `wga_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  return { token, hash: secretHashOf(token), expiresAtMs: clock.now() + LINK_DAYS * DAY_MS };
}

/** Where an applicant sees how it stands, on this server. */
export const linkPathOf = (token: string): string => `/apply/${token}`;

/** The application that a private link opens; undefined for one that never was and for one that has expired. */
export async function findByLink(
  db: Db | Trx,
  token: string,
  clock: Clock,
): Promise<Selectable<ApplicationsTable> | undefined> {
  const hash = secretHashOf(token);
  const row = await db
    .selectFrom('applications')
    .selectAll()
    .where('link_hash', '=', hash)
    .executeTakeFirst();
  // The index found it by the hash of a secret, of which its timing tells nothing; the last word is at constant time.
  const isOwn = row !== undefined && timingSafeEqual(Buffer.from(row.link_hash), Buffer.from(hash));
  return isOwn && row.link_expires_at.getTime() > clock.now() ? row : undefined;
}
