import { z } from 'zod';

const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);

/** A journal entry exactly as the device wrote it, with its place in the chain and what the device signed for it. */
export const packedEntrySchema = z.strictObject({
  device: z.string(),
  incarnation: z.uuid(),
  seq: z.int().positive(),
  previousHash: sha256Text,
  hash: sha256Text,
  entryText: z.string(),
  /** Over `journalClaimOf(incarnation, { seq, hash })`; null from devices that do not sign. */
  signature: z.string().nullable(),
});
export type PackedEntry = z.infer<typeof packedEntrySchema>;

/** A key that a device signs with, and where in its chains it may stand. */
const packedKeySchema = z.strictObject({
  device: z.string(),
  publicKey: z.string(),
  incarnation: z.string().nullable(),
  validFromSeq: z.int(),
  validToSeq: z.int().nullable(),
  retired: z.boolean(),
});
export type PackedKey = z.infer<typeof packedKeySchema>;

/** A rate as the registry has it. */
const packedRateSchema = z.strictObject({
  id: z.uuid(),
  produce: z.string(),
  providerId: z.int().nullable(),
  perKgMinor: z.string(),
  validFrom: z.string().nullable(),
  validTo: z.string().nullable(),
});
export type PackedRate = z.infer<typeof packedRateSchema>;

/** A delivery of the bill as it was frozen. */
const packedSessionSchema = z.strictObject({
  position: z.int().positive(),
  lineNo: z.int().positive(),
  text: z.string(),
});
export type PackedSession = z.infer<typeof packedSessionSchema>;

/**
 * One file with everything that a bill, or one line of it, can be checked by without us: the frozen bill, its deliveries, the
 * entries they were made from as the devices wrote and signed them, the devices' public keys, and the rates.
 */
export const evidencePackSchema = z.strictObject({
  v: z.literal(1),
  /** The one line whose deliveries it holds; null for all. */
  lineNo: z.int().positive().nullable(),
  bill: z.strictObject({ text: z.string(), hash: sha256Text }),
  sessions: z.array(packedSessionSchema),
  rates: z.array(packedRateSchema),
  entries: z.array(packedEntrySchema),
  keys: z.array(packedKeySchema),
});
export type EvidencePack = z.infer<typeof evidencePackSchema>;
