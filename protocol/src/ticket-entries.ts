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

/**
 * A ticket was issued once more under its number, because what it says has changed. Issues are counted for each ticket;
 * the first is 1 and has no entry of its own.
 */
export const ticketReissuedBody = z.strictObject({
  sessionId: uuidSchema,
  weightId: uuidSchema,
  ticketNo: ticketNoSchema,
  issue: z.int().min(2).max(99),
  /** What has changed: the net that was pending is known. */
  because: z.literal('net_completed'),
  /** The entry that it says now. */
  completedBy: uuidSchema,
});
