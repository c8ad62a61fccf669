import { z } from 'zod';
import { publicKeySchema, signatureSchema } from './device-signature.ts';
import { uuidSchema } from './id.ts';

/** The device vouches for a whole shift: what it did from its first entry to its last. */
export const certificateIssuedBody = z.strictObject({
  shiftId: uuidSchema,
  /** A `CertificateStatement` as JSON text: the very text that was signed. */
  statement: z.string().min(2).max(4_000),
  signature: signatureSchema,
  publicKey: publicKeySchema,
});
