import { z } from 'zod';

/**
 * The connection to the cloud went or came back. From these entries anybody can count how long a shift was offline: from
 * `down` to the next `up`, by the monotonic clock within one boot and by the wall clock between two.
 */
export const linkChangedBody = z.strictObject({
  link: z.enum(['up', 'down']),
  /** How long before this entry it changed, in ms, where a full disk kept the entry from being written at once. */
  lateMs: z.int().positive().optional(),
});
