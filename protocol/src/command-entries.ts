import { z } from 'zod';
import { uuidSchema } from './id.ts';
import { plainTextSchema } from './plain-text.ts';

/** Why a command is not followed. */
export const commandRefusalSchema = z.enum([
  'retained',
  'no_key',
  'bad_signature',
  'unreadable',
  'wrong_device',
  'expired',
  'replayed',
]);
export type CommandRefusal = z.infer<typeof commandRefusalSchema>;

/** Something that looked like a command of the cloud was not followed. Of many alike within ten minutes, the first. */
export const commandRefusedBody = z.strictObject({
  reason: commandRefusalSchema,
  /** Null where it could not be read. */
  nonce: uuidSchema.nullable(),
  detail: plainTextSchema(200),
});
