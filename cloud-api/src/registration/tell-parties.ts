import { isoInstant } from '@weighgate/protocol';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { queueEvent, queueMail } from '../outbound/queue-message.ts';
import type { Trx } from '../store/database.ts';
import type { ApplicationsTable } from '../store/registration-tables.ts';
import type { ApplicationFields } from './application-fields.ts';
import { type MailKind, mailTextOf, noticeTextOf } from './mail-texts.ts';
import type { RegistrationParts } from './registration-parts.ts';

const DAY_MS = 86_400_000;

interface ReceivedApplication {
  id: string;
  reference: string;
  status: 'pending' | 'waiting';
  emailKey: string;
  fields: ApplicationFields;
}

/**
 * Queues what is told of a new application: to the staff, to webhooks, and to the address it names. That address gets one
 * such mail a day, however many applications name it: a form that anybody may send must not fill somebody's mailbox.
 * Called before the application is stored.
 */
export async function tellReceived(
  trx: Trx,
  { id, reference, status, emailKey, fields }: ReceivedApplication,
  parts: RegistrationParts,
): Promise<void> {
  const { clock, noticesTo } = parts;
  for (const to of noticesTo) {
    await queueMail(
      trx,
      `application.notice ${id}`,
      { to, ...noticeTextOf(reference), attachments: [] },
      parts,
    );
  }
  const data = { candidate_id: id, reference, status };
  await queueEvent(trx, { type: 'application.received', cause: id, data }, parts);
  const lately = await trx
    .selectFrom('applications')
    .select('application_id')
    .where('email_key', '=', emailKey)
    .where('created_at', '>', sql<Date>`${isoInstant(clock.now() - DAY_MS)}::timestamptz`)
    .limit(1)
    .executeTakeFirst();
  if (lately !== undefined) return;
  const text = mailTextOf(fields.language, 'received', { reference, reason: null });
  const mail = { to: fields.contact_email, ...text, attachments: [] };
  await queueMail(trx, `application.received ${id}`, mail, parts);
}

/** Queues what is told of a decision: to the applicant, in their language, and to webhooks. */
export async function tellDecided(
  trx: Trx,
  row: Selectable<ApplicationsTable>,
  { status, reason }: { status: Exclude<MailKind, 'received'>; reason: string | null },
  parts: RegistrationParts,
): Promise<void> {
  const { application_id: id, reference } = row;
  const mail = {
    to: row.contact_email,
    ...mailTextOf(row.language, status, { reference, reason }),
    attachments: [],
  };
  await queueMail(trx, `application.${status} ${id}`, mail, parts);
  if (status === 'withdrawn') return;
  const data = { candidate_id: id, reference, status };
  await queueEvent(trx, { type: `application.${status}`, cause: id, data }, parts);
}
