import { z } from 'zod';
import { deviceIdSchema } from './id.ts';
import { plainTextSchema } from './plain-text.ts';

/** Live weight is sent no more often than this, in ms: five times a second. */
export const LIVE_EVERY_MS = 200;

/** What the scales of a device show now, on its `live` topic at QoS 0. A stale weight is no weight: it is null. */
export const liveReadingSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  /** Counts on within one lease: a number that is left out was dropped on the way. */
  count: z.int().positive(),
  /** The device's wall clock, ms since 1970. */
  wallMs: z.int().nonnegative(),
  scales: z
    .array(
      z.strictObject({
        id: plainTextSchema(32),
        grossKg: z.number().nullable(),
        stable: z.boolean().nullable(),
        deck: z.enum(['unknown', 'empty', 'moving', 'settled', 'registered']),
      }),
    )
    .max(32),
});
export type LiveReading = z.infer<typeof liveReadingSchema>;
