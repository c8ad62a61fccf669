import { z } from 'zod';
import { uuidSchema } from './id.ts';
import { languageSchema } from './language.ts';
import { stampFields } from './operator-entries.ts';
import { ticketNoSchema } from './weighing-fields.ts';

/** Most copies of one ticket. */
export const MAX_TICKET_COPIES = 999;

/** A ticket was made once more. Copies are counted from 1 for each ticket; the original is not a copy. */
export const ticketReprintedBody = z.strictObject({
  sessionId: uuidSchema,
  /** The weight whose ticket it is. */
  weightId: uuidSchema,
  ticketNo: ticketNoSchema,
  copy: z.int().positive().max(MAX_TICKET_COPIES),
  language: languageSchema,
  ...stampFields,
});
