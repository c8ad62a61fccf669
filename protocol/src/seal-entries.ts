import { z } from 'zod';
import { publicKeySchema, signatureSchema } from './device-signature.ts';
import { plainTextSchema } from './plain-text.ts';

/** Why a chain does not hold, at the first entry where it does not. */
export const breakReasonSchema = z.enum([
  /** An entry is not there. */
  'missing_entry',
  /** An entry is not what was hashed. */
  'wrong_hash',
  /** An entry cannot be read, or says another place, device, kind or id than where it stands. */
  'wrong_place',
  /** A signature is not this device's, or not for this journal. */
  'wrong_signature',
  /** The device signed a later head than the journal has, or the cloud has acknowledged more. */
  'truncated',
  /** What the device signed last cannot be found. */
  'head_missing',
  /** What is shown of a weighing differs from its entry. */
  'projection_differs',
]);
export type BreakReason = z.infer<typeof breakReasonSchema>;

/** The journal up to and with entry `seq`, vouched for by the device. The claim is {@link journalClaimOf}. */
export const journalCheckpointBody = z.strictObject({
  /** The start of the agent, a day of running, or so many entries. */
  reason: z.enum(['start', 'day', 'count']),
  head: z.strictObject({ seq: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) }),
  publicKey: publicKeySchema,
  signature: signatureSchema,
});

/** A person has seen that the journal is broken, and answers for weighing on. */
export const sealAcknowledgedBody = z.strictObject({
  brokenAtSeq: z.int().positive(),
  reason: breakReasonSchema,
  /** Who. */
  by: plainTextSchema(80),
  /** Why weighing goes on. */
  why: plainTextSchema(200),
});
