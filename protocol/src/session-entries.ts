import { z } from 'zod';
import { uuidSchema } from './id.ts';
import { gramsSchema } from './mass.ts';
import { stampFields } from './operator-entries.ts';
import { plainTextSchema } from './plain-text.ts';
import { truckIdSchema } from './truck.ts';
import { produceIdSchema, tareUsedSchema, ticketNoSchema, weighingCopySchema } from './weighing-fields.ts';

/** The last tare that a pending net waited for has come: the session has its net. */
export const sessionNetCompletedBody = z.strictObject({
  sessionId: uuidSchema,
  /** The `session.closed` entry that left the net pending. */
  completes: uuidSchema,
  /** The ticket of the weighing out. */
  ticketNo: ticketNoSchema,
  first: weighingCopySchema,
  second: weighingCopySchema,
  tares: z.array(tareUsedSchema).max(100),
  net: z.strictObject({
    kind: z.literal('known'),
    netG: gramsSchema.nonnegative(),
    truckTareG: gramsSchema.nonnegative(),
  }),
});

/** A person's name as it was given. */
export const personNameSchema = plainTextSchema(60);

/**
 * A session no longer counts. Nothing of it is deleted. With `clone` another session is opened in its place on the same
 * first weight, for a visit whose plate, produce or containers were entered wrong.
 */
export const sessionVoidedBody = z.strictObject({
  sessionId: uuidSchema,
  /** What the session was until now. */
  was: z.enum(['open', 'closed', 'single']),
  reason: plainTextSchema(200),
  by: personNameSchema,
  /** The second person, whom only the void of an open session may go without. */
  secondBy: personNameSchema.nullable(),
  clone: z
    .strictObject({
      sessionId: uuidSchema,
      truck: truckIdSchema,
      produce: produceIdSchema.nullable(),
      first: weighingCopySchema,
    })
    .nullable(),
  ...stampFields,
});
