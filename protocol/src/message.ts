import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { commandMessageSchema } from './command.ts';
import { publicKeySchema } from './device-signature.ts';
import { deviceIdSchema, uuidSchema } from './id.ts';
import { entryTimeSchema } from './journal-entry.ts';
import { masterDataAskSchema, masterDataPageSchema } from './master-data.ts';
import { plainReasonOf, plainTextSchema } from './plain-text.ts';

/** Bounds of the wire, kept by both sides. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
export const MAX_BATCH_ROWS = 50;
/** Both sides compare their chains at every so many entries. */
export const DIGEST_BLOCK_ROWS = 1000;
/** Blocks of one digest: ten years of a busy weighbridge. */
export const MAX_DIGEST_BLOCKS = 1000;
/** Lives of its database that a device names in a HELLO, and marks of a chain. */
export const MAX_LIVES = 64;
export const MAX_MARKS = 32;
/** Longest time over which devices may be asked to spread their greetings: 5 min. */
export const MAX_SPREAD_MS = 300_000;
/** Longest pause a RETRY may ask for: 1 h. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Named among a HELLO's capabilities by a device that reads every message and field below that says "sync-2". To a
 * device that does not name it nothing of these may be sent: it refuses keys and types it does not know.
 */
export const SYNC_2 = 'sync-2';

const seq = z.int().positive();
const seqOrZero = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const version = z.literal(1);
/** An entry by its place and its hash, which covers all before it. */
const mark = z.strictObject({ seq: seqOrZero, hash });
/** Lowest and highest `schema` of journal entries. */
const schemaRange = z
  .strictObject({ min: z.int().positive(), max: z.int().positive() })
  .refine(({ min, max }) => min <= max, 'min must not be above max');
/** Whose chain a message speaks of. */
const chain = { v: version, device: deviceIdSchema, incarnation: uuidSchema };

/**
 * First message of every connection, and of every chain the journal holds: who I am, what I hold, what I can speak.
 * Everything of the chain named in the envelope; a former life that has something to send is greeted for before the
 * present one.
 */
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
  /** The life the database is in now, where this HELLO is for a former one. */
  livingAs: uuidSchema.optional(),
  /** Every life the journal holds entries of, the oldest first and the present one last, with its last entry. */
  lives: z
    .array(z.strictObject({ incarnation: uuidSchema, head: mark }))
    .max(MAX_LIVES)
    .optional(),
  /**
   * Some entries of this chain, from the last to the first in steps that double, so that the cloud can tell about where
   * two chains part.
   */
  marks: z.array(mark).max(MAX_MARKS).optional(),
  /** Schemas of the entries this device holds and writes. */
  schemas: schemaRange.optional(),
  /** What rows are signed with. It is said, not proven: compare it with the one that was enrolled. */
  publicKey: publicKeySchema.optional(),
});

/**
 * The cloud's watermark for this chain. It may be lower than before: the edge goes back to it. Another `cloudEpoch` than
 * before makes the edge offer everything it holds again, chain by chain, each from its watermark.
 */
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
  /**
   * sync-2: the highest of the HELLO's head and marks at which the cloud holds the same hash; 0 when at none. Where the
   * chains differ, the edge carries what it has after this into a new life.
   */
  agreedSeq: seqOrZero.optional(),
  /**
   * sync-2: the hash at `agreedSeq`. A WELCOME may answer a HELLO that was said before the disk was replaced by an older
   * copy of itself: by the hash the edge sees that it is not about the chain it has now.
   */
  agreedHash: hash.optional(),
  /** sync-2: schemas of entries the cloud can apply. Others are stored, acknowledged and parked. */
  schemas: schemaRange.optional(),
  /** sync-2: after an outage the edge waits a random part of this before it greets. */
  spreadMs: z.int().min(0).max(MAX_SPREAD_MS).optional(),
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

/**
 * The chain's hash at the end of each block of {@link DIGEST_BLOCK_ROWS} entries, the last block perhaps shorter: what the
 * device holds of what was acknowledged. A block goes from after the end of the one before; the first from
 * `firstSeq`, the oldest entry still held.
 */
const digestSchema = z
  .strictObject({
    ...chain,
    type: z.literal('digest'),
    firstSeq: seq,
    blocks: z.array(mark).min(1).max(MAX_DIGEST_BLOCKS),
  })
  .refine(
    ({ firstSeq, blocks }) =>
      blocks.every((block, i) => block.seq >= (blocks[i - 1]?.seq ?? firstSeq - 1) + 1),
    {
      path: ['blocks'],
      message: 'must ascend from firstSeq',
    },
  );

/**
 * sync-2: the answer to a digest: the blocks of it that the cloud does not hold, or holds otherwise, as it asks to have
 * them again; and the last entry up to which every block agreed, `firstSeq - 1` when none did.
 */
const digestResultSchema = z.strictObject({
  ...chain,
  type: z.literal('digest_result'),
  cloudEpoch: uuidSchema,
  agreedSeq: seqOrZero,
  /** The hash at `agreedSeq`, by which the edge sees that this is about the chain it has now. */
  agreedHash: hash.optional(),
  differing: z.array(z.strictObject({ from: seq, to: seq })).max(MAX_DIGEST_BLOCKS),
});

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

/** The cloud holds another entry at `seq`, which need not be the first that differs. */
const forkSchema = z.strictObject({ ...chain, type: z.literal('fork'), seq, cloudHash: hash });

/** The entry at `seq` is not what it claims to be. Never sent for a business reason. */
const rejectSchema = z.strictObject({
  ...chain,
  type: z.literal('reject'),
  seq,
  code: z.enum(['bad_hash', 'bad_signature', 'bad_entry', 'wrong_device', 'too_big']),
});

/** sync-2: the cloud is busy and has taken nothing of what is under way: send it again after so long, whole. */
const retrySchema = z.strictObject({
  v: version,
  type: z.literal('retry'),
  device: deviceIdSchema,
  afterMs: z.int().min(1).max(MAX_RETRY_AFTER_MS),
});

/** sync-2: greet anew, within a random part of `spreadMs`. Lifts a halt: what was wrong has been seen to. */
const rehelloSchema = z.strictObject({
  v: version,
  type: z.literal('rehello'),
  device: deviceIdSchema,
  spreadMs: z.int().min(0).max(MAX_SPREAD_MS),
});

/** There is newer master data. */
const masterDataNudgeSchema = z.strictObject({
  v: version,
  type: z.literal('md_nudge'),
  device: deviceIdSchema,
  revision: seq,
});

export const upMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  batchSchema,
  digestSchema,
  masterDataAskSchema,
]);
export const downMessageSchema = z.discriminatedUnion('type', [
  welcomeSchema,
  ackSchema,
  needSchema,
  forkSchema,
  rejectSchema,
  digestResultSchema,
  retrySchema,
  rehelloSchema,
  masterDataNudgeSchema,
  masterDataPageSchema,
  commandMessageSchema,
]);
/** What a device sends on its `up` topic. */
export type UpMessage = z.infer<typeof upMessageSchema>;
/** What the cloud sends on a device's `down` topic. */
export type DownMessage = z.infer<typeof downMessageSchema>;
export type Hello = z.infer<typeof helloSchema>;
export type Batch = z.infer<typeof batchSchema>;
export type Digest = z.infer<typeof digestSchema>;
export type Welcome = z.infer<typeof welcomeSchema>;

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
