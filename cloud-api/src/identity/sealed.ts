import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps small secrets in the database so that the database alone does not give them away. AES-256-GCM. */
export interface Seal {
  /** @param of what the secret belongs to: it opens as that and as nothing else */
  close(secret: string, of: string): string;
  /** The secret; undefined when it was closed by another seal, for something else, or changed since. */
  open(sealed: string, of: string): string | undefined;
}

/** @param secret text of high entropy, kept outside the database */
export function makeSeal(secret: string, randomBytes: (size: number) => Buffer): Seal {
  const key = createHash('sha256').update(`weighgate seal ${secret}`).digest();
  return {
    close: (text, of) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(of));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open: (sealed, of) => {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(of))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
