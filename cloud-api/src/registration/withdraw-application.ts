import type { Selectable } from 'kysely';
import type { Trx } from '../store/database.ts';
import type { ApplicationsTable } from '../store/registration-tables.ts';
import { decide } from './decide-application.ts';
import { lockApplications } from './lock-applications.ts';
import { findByLink } from './private-link.ts';
import type { RegistrationParts } from './registration-parts.ts';

type Row = Selectable<ApplicationsTable>;
/** As it is now; `decided` when the staff was first. */
export type Withdrawn = { kind: 'withdrawn' | 'decided'; row: Row } | { kind: 'unknown' };

/** Takes an application back, by its private link. What was taken back before stays so. */
export async function withdrawApplication(
  trx: Trx,
  token: string,
  parts: RegistrationParts,
): Promise<Withdrawn> {
  await lockApplications(trx);
  const row = await findByLink(trx, token, parts.clock);
  if (row === undefined) return { kind: 'unknown' };
  if (row.status === 'approved' || row.status === 'rejected') return { kind: 'decided', row };
  if (row.status !== 'withdrawn') {
    const applicant = { kind: 'unknown' as const, id: null, name: 'applicant' };
    await decide(trx, row, applicant, { status: 'withdrawn' }, parts);
  }
  const now = await findByLink(trx, token, parts.clock);
  return now === undefined ? { kind: 'unknown' } : { kind: 'withdrawn', row: now };
}
