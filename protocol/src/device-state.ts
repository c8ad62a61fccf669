import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { uuidSchema } from './id.ts';
import { entryTimeSchema } from './journal-entry.ts';
import { plainTextSchema } from './plain-text.ts';

/** A device says how it is at least this often while it is connected, in ms. */
export const STATUS_EVERY_MS = 30_000;
/** Without a word for this long a device is silent, whatever was said of it: two statuses were missed. */
export const SILENT_AFTER_MS = 3 * STATUS_EVERY_MS;

const count = z.int().nonnegative();
const word = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);

/** How a device is, in the words of its own health page. What it cannot tell is null, never zero. */
export const deviceStatusSchema = z.strictObject({
  /** `trouble` is what keeps a person busy until it is over. */
  sync: z.strictObject({
    phase: word,
    headSeq: count,
    ackedSeq: count,
    /** Entries of former lives that the cloud has not acknowledged. */
    formerWaiting: count,
    trouble: word.nullable(),
  }),
  clock: entryTimeSchema.shape.clock,
  freeDiskBytes: count.nullable(),
  storage: z.enum(['ok', 'warn', 'low']),
  /** Null where no printer is configured. */
  printer: z.strictObject({ state: word, waiting: count }).nullable(),
  scales: z
    .array(
      z.strictObject({
        id: plainTextSchema(32),
        /** What comes over its line; `unknown` for a sum of several, which has none. */
        line: z.enum(['ok', 'port_gone', 'silent', 'no_frames', 'stale', 'unknown']),
        deck: z.enum(['unknown', 'empty', 'moving', 'settled', 'registered']),
      }),
    )
    .max(32),
  masterDataRevision: count.nullable(),
  software: plainTextSchema(80),
});
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;

/**
 * Retained presence of a device: its birth on each connection, how it is while that lasts, its goodbye, and its will. All
 * of one connection carry the same boot and `connectedMonoMs`, so that a will that comes late can be told from the
 * connection that has taken its place.
 */
export const deviceStateSchema = z.strictObject({
  v: z.literal(1),
  online: z.boolean(),
  incarnation: uuidSchema,
  bootId: plainTextSchema(64),
  /** By the device's wall clock. In a will: when the connection was begun. */
  at: instantSchema,
  /** When the connection was begun, on the monotonic clock of the boot; an older agent does not say. */
  connectedMonoMs: count.optional(),
  status: deviceStatusSchema.optional(),
});
export type DeviceState = z.infer<typeof deviceStateSchema>;
