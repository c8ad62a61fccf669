import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { deviceIdSchema, uuidSchema } from './id.ts';
import { entryTimeSchema } from './journal-entry.ts';
import { plainReasonOf, plainTextSchema } from './plain-text.ts';

/** Bounds of the wire, kept by both sides. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
export const MAX_BATCH_ROWS = 50;

const seq = z.int().positive();
const seqOrZero = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const version = z.literal(1);
/** Whose chain a message speaks of. */
const chain = { v: version, device: deviceIdSchema, incarnation: uuidSchema };

/** First message of every connection: who I am, what I hold, what I can speak. */
const helloSchema = z.strictObject({
  ...chain,
  type: z.literal('hello'),
  bornAt: instantSchema,
  /** The incarnation this database continues, and the last entry the two share; null for a first life. */
  parent: z.strictObject({ incarnation: uuidSchema, seq: seqOrZero }).nullable(),
  head: z.strictObject({ seq: seqOrZero, hash }),
  oldestSeq: seqOrZero,
  appVersion: plainTextSchema(40),
  at: entryTimeSchema,
  freeDiskBytes: z.int().nonnegative().nullable(),
  masterData: z.strictObject({ revision: seqOrZero, digest: hash }).nullable(),
  capabilities: z.array(plainTextSchema(40)).max(32),
});

/** The cloud's watermark for this chain. It may be lower than before: the edge goes back to it. */
const welcomeSchema = z.strictObject({
  ...chain,
  type: z.literal('welcome'),
  cloudEpoch: uuidSchema,
  upTo: seqOrZero,
  hash,
  serverTime: instantSchema,
  /** Batches the edge may have unanswered. */
  window: z.int().min(1).max(64),
  /** Rows a second the edge should not exceed. */
  paceRowsPerSecond: z.int().positive(),
  masterDataRevision: seqOrZero.nullable(),
});

/** One journal entry on its way: the stored text itself, never a re-serialisation. */
const rowSchema = z.strictObject({
  seq,
  hash,
  entry: z
    .string()
    .min(2)
    .max(MAX_MESSAGE_BYTES)
    .refine(
      (text) => text.isWellFormed() && !text.includes('\0'),
      'must be text without unpaired surrogates and U+0000: such text cannot be stored as it was hashed',
    ),
  signature: z
    .string()
    .regex(/^[A-Za-z0-9+/=_-]{1,128}$/)
    .nullable(),
});
export type JournalRow = z.infer<typeof rowSchema>;

/** Entries `from` to `to`, each once and in order; `previousHash` is that of the entry before `from`. */
const batchSchema = z
  .strictObject({
    ...chain,
    type: z.literal('batch'),
    from: seq,
    to: seq,
    previousHash: hash,
    rows: z.array(rowSchema).min(1).max(MAX_BATCH_ROWS),
    /** W3C trace context of the weighing that made the batch due. */
    traceparent: plainTextSchema(64).optional(),
  })
  .refine(
    ({ from, to, rows }) => to === from + rows.length - 1 && rows.every((row, i) => row.seq === from + i),
    { path: ['rows'], message: 'must be the entries `from` to `to`, each once and in order' },
  );

/** Cumulative receipt: entries 1 to `upTo` are committed in the cloud, ending in `hash`. */
const ackSchema = z.strictObject({
  ...chain,
  type: z.literal('ack'),
  cloudEpoch: uuidSchema,
  upTo: seqOrZero,
  hash,
});

/** The batch did not start where the chain stands; send from `from`. */
const needSchema = z.strictObject({ ...chain, type: z.literal('need'), from: seq, to: seq.nullable() });

/** The cloud holds another entry at `seq`. */
const forkSchema = z.strictObject({ ...chain, type: z.literal('fork'), seq, cloudHash: hash });

/** The entry at `seq` is not what it claims to be. Never sent for a business reason. */
const rejectSchema = z.strictObject({
  ...chain,
  type: z.literal('reject'),
  seq,
  code: z.enum(['bad_hash', 'bad_signature', 'bad_entry', 'wrong_device', 'too_big']),
});

/** There is newer master data. */
const masterDataNudgeSchema = z.strictObject({
  v: version,
  type: z.literal('md_nudge'),
  device: deviceIdSchema,
  revision: seq,
});

export const upMessageSchema = z.discriminatedUnion('type', [helloSchema, batchSchema]);
export const downMessageSchema = z.discriminatedUnion('type', [
  welcomeSchema,
  ackSchema,
  needSchema,
  forkSchema,
  rejectSchema,
  masterDataNudgeSchema,
]);
/** What a device sends on its `up` topic. */
export type UpMessage = z.infer<typeof upMessageSchema>;
/** What the cloud sends on a device's `down` topic. */
export type DownMessage = z.infer<typeof downMessageSchema>;
export type Hello = z.infer<typeof helloSchema>;
export type Batch = z.infer<typeof batchSchema>;

/** Retained presence of a device. The will carries the same boot id, so a late one cannot speak for a new boot. */
export const deviceStateSchema = z.strictObject({
  v: version,
  online: z.boolean(),
  incarnation: uuidSchema,
  bootId: plainTextSchema(64),
  at: instantSchema,
});
export type DeviceState = z.infer<typeof deviceStateSchema>;

/** Retained presence of an inbox. A device holds its history back while no inbox listens. */
export const hostStateSchema = z.strictObject({
  v: version,
  online: z.boolean(),
  at: instantSchema,
});
export type HostState = z.infer<typeof hostStateSchema>;

/** A payload that parsed, or why it did not. */
export type PayloadReading<T> = { ok: true; message: T } | { ok: false; reason: string };

/** Reads an MQTT payload against one of the schemas above. Never throws; bounded by {@link MAX_MESSAGE_BYTES}. */
export function readPayload<T>(schema: z.ZodType<T>, payload: Uint8Array): PayloadReading<T> {
  if (payload.byteLength > MAX_MESSAGE_BYTES) {
    return {
      ok: false,
      reason: `payload of ${payload.byteLength} bytes, at most ${MAX_MESSAGE_BYTES} allowed`,
    };
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    return { ok: false, reason: plainReasonOf(`not JSON in UTF-8: ${(error as Error).message}`) };
  }
  const parsed = schema.safeParse(json);
  return parsed.success
    ? { ok: true, message: parsed.data }
    : { ok: false, reason: plainReasonOf(z.prettifyError(parsed.error)) };
}
