import { existsSync, readFileSync } from 'node:fs';
import type { Clock } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Db } from '../../store/database.ts';
import { writeWhole } from '../../store/write-whole.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

/** A list is good for 30 days; one older than this is written anew though nothing was revoked. */
const REWRITE_AFTER_MS = 86_400_000;
const MAX_LISTED = 100_000;

/** Writes the list of revoked certificates (CRL, PEM) for a broker that reads one, when there is something new to say. */
export async function writeRevocationList(
  file: string,
  { db, ca, clock, log }: { db: Db; ca: CertificateAuthority; clock: Clock; log: Logger },
): Promise<void> {
  const nowMs = clock.now();
  // A certificate that has ended is refused for that; it need not stand in the list.
  const rows = await db
    .selectFrom('device_certificates')
    .select(['serial', 'revoked_at'])
    .where('revoked_at', 'is not', null)
    .where('not_after', '>', sql<Date>`now()`)
    .orderBy('serial')
    .limit(MAX_LISTED)
    .execute();
  const revoked = rows.map(({ serial, revoked_at }) => ({
    serial,
    revokedAtMs: revoked_at?.getTime() ?? nowMs,
  }));
  const head = `# ${revoked.length} revoked: ${revoked.map(({ serial }) => serial).join(' ')}`;
  const [before = '', writtenAt = ''] = existsSync(file) ? readFileSync(file, 'utf8').split('\n', 2) : [];
  const isFresh = nowMs - Date.parse(writtenAt.replace('# written ', '')) < REWRITE_AFTER_MS;
  if (before === head && isFresh) return;
  const list = await ca.makeRevocationList(revoked);
  writeWhole(file, `${head}\n# written ${new Date(nowMs).toISOString()}\n${list}`);
  log.warn({ file, revoked: revoked.length }, 'revocation.list_written');
}
