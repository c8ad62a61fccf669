import { z } from 'zod';
import { uuidSchema } from './id.ts';
import { gramsSchema } from './mass.ts';
import { containerIdSchema } from './net-rule.ts';
import { plainTextSchema } from './plain-text.ts';

/** A kind of produce, such as `orange`. */
export const produceIdSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,49}$/u, 'must be 1 to 50 letters, digits, spaces, dots, - or _');

/** Longest name of a provider on a weighing; a longer one is cut. */
export const MAX_PROVIDER_NAME = 120;

/** Who delivers, by the name that stands on tickets. */
export const providerNameSchema = plainTextSchema(MAX_PROVIDER_NAME);

/** `DEMO-4f2a-000017`: site code, four characters of the incarnation, gapless counter. */
export const ticketNoSchema = z.string().regex(/^[A-Z0-9]{2,8}-[0-9a-f]{4}-\d{6,9}$/);

/** The containers declared on the deck at one weighing; naming one twice says nothing more. */
export const containersSchema = z.array(containerIdSchema).max(50);

/** A weighing as another entry repeats it, so that a net can be checked from that entry alone. */
export const weighingCopySchema = z.strictObject({
  weightId: uuidSchema,
  grossG: gramsSchema,
  containers: containersSchema,
});

/** A container's tare as a net was computed with it. */
export const tareUsedSchema = z.strictObject({ container: containerIdSchema, tareG: gramsSchema });
