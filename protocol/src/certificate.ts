import { createHash } from 'node:crypto';
import { z } from 'zod';
import { instantSchema } from './clock.ts';
import { isSigned, publicKeySchema, signatureSchema } from './device-signature.ts';
import { deviceIdSchema, uuidSchema } from './id.ts';
import { ticketNoSchema } from './weighing-fields.ts';

/** Entries of one certificate at most: a hundred busy days. Of more, several are made. */
export const MAX_CERTIFICATE_ENTRIES = 50_000;

const count = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What was done in a stretch of one chain, by its entries alone: whoever holds the same entries finds the same. */
export const certificateFactsSchema = z.strictObject({
  device: deviceIdSchema,
  incarnation: uuidSchema,
  firstSeq: z.int().positive(),
  lastSeq: z.int().positive(),
  /** The chain's hash at `lastSeq`. */
  headHash: hash,
  entries: count,
  /** Registered weights, whatever became of them: in, out and single. */
  weighings: count,
  /** The sum of their gross. */
  grossG: count,
  /** The sum of every net that became known here, also of sessions that were voided. */
  netG: z.int(),
  ticketsIssued: count,
  /** Of these, tickets of sessions that were voided within the same stretch. */
  ticketsVoid: count,
  /** SHA-256 of the rows as `JSON.stringify` writes them. */
  rowsHash: hash,
});
export type CertificateFacts = z.infer<typeof certificateFactsSchema>;

/** The facts, whose they are, and when they were found. */
export const certificateStatementSchema = z.strictObject({
  v: z.literal(1),
  by: z.enum(['device', 'cloud']),
  madeAt: instantSchema,
  facts: certificateFactsSchema,
});
export type CertificateStatement = z.infer<typeof certificateStatementSchema>;

/** One entry as a certificate names it: enough to say which one is missing, or is another. */
export const certificateRowSchema = z.strictObject({
  seq: z.int().positive(),
  /** The first 16 hexadecimal digits of the SHA-256 of its text. */
  text: z.string().regex(/^[0-9a-f]{16}$/),
  ticketNo: ticketNoSchema.optional(),
});
export type CertificateRow = z.infer<typeof certificateRowSchema>;

/** A statement as it was signed, and the rows that it was made of. */
export const certificateSchema = z.strictObject({
  statement: z.string().min(2).max(4_000),
  signature: signatureSchema,
  publicKey: publicKeySchema,
  rows: z.array(certificateRowSchema).max(MAX_CERTIFICATE_ENTRIES),
  /** Of the cloud: entries that it stores and that its books do not show, with the reason. */
  notApplied: z
    .array(z.strictObject({ seq: z.int().positive(), reason: z.string().max(200) }))
    .max(MAX_CERTIFICATE_ENTRIES)
    .optional(),
  /** Of the cloud: the keys on file of the device. */
  deviceKeys: z.array(publicKeySchema).max(100).optional(),
});
export type Certificate = z.infer<typeof certificateSchema>;

/** A file of certificates: one for each life of the device's database that the period touches. */
export const certificateFileSchema = z.strictObject({
  v: z.literal(1),
  certificates: z.array(certificateSchema).max(100),
});
export type CertificateFile = z.infer<typeof certificateFileSchema>;

/** What is signed: the statement, under words that keep the signature from standing for anything else. */
export function certificateClaimOf(statement: string): string {
  return `weighgate/v1 certificate\n${statement}\n`;
}

/** SHA-256 of a certificate's rows. */
export function rowsHashOf(rows: readonly CertificateRow[]): string {
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

/** A certificate that holds, or why it does not. Never throws. */
export type CertificateReading =
  | { ok: true; statement: CertificateStatement }
  | { ok: false; reason: string };

/** Whether a certificate is signed by the key it names and made of the rows that it carries. */
export function readCertificate({ statement, signature, publicKey, rows }: Certificate): CertificateReading {
  if (!isSigned(certificateClaimOf(statement), signature, publicKey)) {
    return { ok: false, reason: 'its signature is not one of the key that it names' };
  }
  const parsed = certificateStatementSchema.safeParse(jsonOf(statement));
  if (!parsed.success) return { ok: false, reason: 'its statement is none this version can read' };
  if (parsed.data.facts.rowsHash !== rowsHashOf(rows)) {
    return { ok: false, reason: 'its rows are not those that were signed' };
  }
  return { ok: true, statement: parsed.data };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
