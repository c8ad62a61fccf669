import { isoInstant, type Uuid } from '@weighgate/protocol';
import { recordChange } from '../audit/record-change.ts';
import type { Place } from '../identity/identity-parts.ts';
import type { Trx } from '../store/database.ts';
import { type ApplicationFields, emailKeyOf, taxKeyOf } from './application-fields.ts';
import { lockApplications } from './lock-applications.ts';
import { makePrivateLink } from './private-link.ts';
import { makeReference } from './reference.ts';
import type { RegistrationParts } from './registration-parts.ts';
import { tellReceived } from './tell-parties.ts';

/** What the applicant gets: the same whether or not we have heard of them. */
export interface Submitted {
  id: Uuid;
  reference: string;
  /** The private link's token, sealed: this is kept with the Idempotency-Key. */
  sealedToken: string;
  linkExpiresAt: string;
}

/** What a sealed token belongs to. */
export const sealedFor = (applicationId: string): string => `application ${applicationId}`;

/**
 * Takes an application. One with the e-mail address or the tax id of an open one waits behind it; the applicant is
 * answered the same, for a stranger must not learn by asking who has applied.
 */
export async function submitApplication(
  trx: Trx,
  fields: ApplicationFields,
  place: Place,
  parts: RegistrationParts,
): Promise<Submitted> {
  const { clock, makeId, randomBytes, seal } = parts;
  await lockApplications(trx);
  const id = makeId();
  const reference = makeReference(randomBytes);
  const link = makePrivateLink(randomBytes, clock);
  const emailKey = emailKeyOf(fields.contact_email);
  const taxKey = fields.tax_id === null ? null : taxKeyOf(fields.tax_id);
  const before = await trx
    .selectFrom('applications')
    .select('application_id')
    .where('status', '=', 'pending')
    .where(({ eb, or }) => or([eb('email_key', '=', emailKey), eb('tax_key', '=', taxKey)]))
    .limit(1)
    .executeTakeFirst();
  const status = before === undefined ? 'pending' : 'waiting';
  const now = isoInstant(clock.now());
  const linkExpiresAt = isoInstant(link.expiresAtMs);
  await tellReceived(trx, { id, reference, status, emailKey, fields }, parts);
  await trx
    .insertInto('applications')
    .values({
      ...fields,
      application_id: id,
      reference,
      status,
      email_key: emailKey,
      tax_key: taxKey,
      link_hash: link.hash,
      link_expires_at: linkExpiresAt,
      created_at: now,
      updated_at: now,
      decided_at: null,
      decided_by: null,
      provider_id: null,
      rejection_reason: null,
    })
    .execute();
  await recordChange(
    trx,
    {
      by: { kind: 'unknown', id: null, name: 'applicant' },
      action: 'application.received',
      subject: { kind: 'application', id },
      before: null,
      after: { reference, status },
      place,
    },
    parts,
  );
  return { id, reference, sealedToken: seal.close(link.token, sealedFor(id)), linkExpiresAt };
}
