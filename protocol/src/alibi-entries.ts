import { z } from 'zod';
import { uuidSchema } from './id.ts';
import { stampFields } from './operator-entries.ts';
import { plainTextSchema } from './plain-text.ts';
import { ticketNoSchema } from './weighing-fields.ts';

/** What an indicator's own memory shows of a weight on record, against what the record says. */
export const alibiOutcomeSchema = z.enum(['same', 'differs', 'not_found', 'no_answer']);
export type AlibiOutcome = z.infer<typeof alibiOutcomeSchema>;

/** A weight was looked up in the alibi memory of the indicator that sent it. */
export const alibiCheckedBody = z.strictObject({
  weightId: uuidSchema,
  ticketNo: ticketNoSchema,
  scaleId: plainTextSchema(32),
  alibiId: plainTextSchema(40),
  outcome: alibiOutcomeSchema,
  /** What the indicator showed, such as `1500 kg`; null when it showed nothing. */
  shown: plainTextSchema(24).nullable(),
  trigger: z.enum(['demand', 'nightly']),
  ...stampFields,
});
export type AlibiChecked = z.infer<typeof alibiCheckedBody>;
