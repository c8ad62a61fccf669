import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';

/** An Ed25519 public key: its 32 bytes in base64url, as RFC 8037 writes them. */
export const publicKeySchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be an Ed25519 public key');

/** An Ed25519 signature: its 64 bytes in base64url. */
export const signatureSchema = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be an Ed25519 signature');

/**
 * What a device signs to vouch for its journal up to and with one entry. The hash covers every entry before it, and
 * the words keep a signature made for one purpose from standing for another.
 */
export function journalClaimOf(incarnation: string, { seq, hash }: { seq: number; hash: string }): string {
  return `weighgate/v1 journal\n${incarnation}\n${seq}\n${hash}\n`;
}

/** Whether the holder of the key signed exactly this text. A key or signature that is none gives false. */
export function isSigned(text: string, signature: string, publicKey: string): boolean {
  return signatureCheckOf(publicKey)(text, signature);
}

/** {@link isSigned} for many texts and one key, which is read once. A key that is none checks nothing. */
export function signatureCheckOf(publicKey: string): (text: string, signature: string) => boolean {
  if (!publicKeySchema.safeParse(publicKey).success) return () => false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return (text, signature) => {
    if (!signatureSchema.safeParse(signature).success) return false;
    const bytes = Buffer.from(signature, 'base64url');
    // The last character has four bits to spare: one signature has one spelling.
    return bytes.toString('base64url') === signature && verify(null, Buffer.from(text), key, bytes);
  };
}
