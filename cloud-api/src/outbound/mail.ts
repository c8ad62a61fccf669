import { plainTextSchema } from '@weighgate/protocol';
import { z } from 'zod';

/** Of all attachments of one mail together, before they are encoded. */
const MAX_ATTACHED_BYTES = 5 * 1024 * 1024;

/** An address of one person: no list, no name beside it, nothing a header could be made of. */
const mailAddressSchema = z.email().max(254);

const attachmentSchema = z.strictObject({
  fileName: plainTextSchema(120),
  contentType: z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/),
  base64: z.base64(),
});

/** A mail as it stands in the outbound table. Text only: there is no HTML to hide something in. */
export const mailSchema = z
  .strictObject({
    to: mailAddressSchema,
    subject: plainTextSchema(200),
    text: z.string().max(100_000),
    attachments: z.array(attachmentSchema).max(10),
  })
  .refine(
    ({ attachments }) =>
      attachments.reduce((sum, { base64 }) => sum + (base64.length * 3) / 4, 0) <= MAX_ATTACHED_BYTES,
    { path: ['attachments'], message: 'must be at most 5 MiB together' },
  );
export type Mail = z.infer<typeof mailSchema>;

/** What came of handing a mail over. `sent` says that the next server has it, not that anybody read it. */
export type MailOutcome =
  | { kind: 'sent'; detail: string }
  | { kind: 'failed'; status: number | null; detail: string };

/** Hands mails over. */
export interface MailSender {
  /** @param id the same at every attempt: the mail's Message-ID is made of it, so that a mailbox can tell a repeat */
  send(mail: Mail, id: string): Promise<MailOutcome>;
}
