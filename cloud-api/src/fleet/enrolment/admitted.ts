import type { Clock } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db } from '../../store/database.ts';

/** Whether a certificate may sign in now: it was issued to this device, is not revoked, and has not ended. */
export async function isCertificateAdmitted(
  db: Db,
  { fingerprint, device }: { fingerprint: string; device: string },
  clock: Clock,
): Promise<boolean> {
  const row = await db
    .selectFrom('device_certificates')
    .select('not_after')
    .where('fingerprint', '=', fingerprint)
    .where('device', '=', device)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined && row.not_after.getTime() > clock.now();
}

/** Those of the given certificates that may stay signed in: a session outlives the end of its certificate, not its revocation. */
export async function notRevokedOf(db: Db, fingerprints: readonly string[]): Promise<Set<string>> {
  if (fingerprints.length === 0) return new Set();
  const rows = await db
    .selectFrom('device_certificates')
    .select('fingerprint')
    .where('fingerprint', 'in', fingerprints)
    .where('revoked_at', 'is', null)
    .execute();
  return new Set(rows.map(({ fingerprint }) => fingerprint));
}

/** How the cloud stands to a device's name: `unknown` was never enrolled, `revoked` has no certificate that is good. */
export async function admissionOf(db: Db, device: string): Promise<'admitted' | 'revoked' | 'unknown'> {
  const { issued, good } = await db
    .selectFrom('device_certificates')
    .select([
      sql<number>`count(*)::int`.as('issued'),
      sql<number>`(count(*) filter (where revoked_at is null))::int`.as('good'),
    ])
    .where('device', '=', device)
    .executeTakeFirstOrThrow();
  if (issued === 0) return 'unknown';
  return good > 0 ? 'admitted' : 'revoked';
}
