import { createHash } from 'node:crypto';

/** How a random token or key is kept. It has 128 bits or more of chance in it, so one fast hash is enough. */
export function secretHashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
