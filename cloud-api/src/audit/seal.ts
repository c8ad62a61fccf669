import { instantSchema, isoInstant, isSigned, publicKeySchema, signatureSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';

/** What signs; the cloud's key is one. */
export interface Signer {
  /** Ed25519, 32 bytes in base64url. */
  publicKey: string;
  /** @returns the signature of the text, in base64url */
  sign(text: string): string;
}

const statementSchema = z.strictObject({
  v: z.literal(1),
  seq: z.int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: instantSchema,
});
/** How long the chain was at an instant, and how it ended. */
export type SealStatement = z.infer<typeof statementSchema>;

export const sealSchema = z.strictObject({
  statement: z.string().min(2).max(400),
  signature: signatureSchema,
  publicKey: publicKeySchema,
});
/** A statement as it was signed. Kept elsewhere, it shows that the chain was cut or rewritten. */
export type Seal = z.infer<typeof sealSchema>;

const claimOf = (statement: string) => `weighgate/v1 audit\n${statement}\n`;

/** Signs the head of the chain. */
export function makeSeal({ seq, hash }: { seq: number; hash: string }, nowMs: number, signer: Signer): Seal {
  const statement = canonicalJson({ v: 1, seq, hash, at: isoInstant(nowMs) });
  return { statement, signature: signer.sign(claimOf(statement)), publicKey: signer.publicKey };
}

/** What a seal says; undefined when none of the keys signed it. */
export function readSeal(seal: Seal, publicKeys: readonly string[]): SealStatement | undefined {
  const { statement, signature, publicKey } = seal;
  if (!publicKeys.includes(publicKey) || !isSigned(claimOf(statement), signature, publicKey)) {
    return undefined;
  }
  return statementSchema.safeParse(JSON.parse(statement)).data;
}
