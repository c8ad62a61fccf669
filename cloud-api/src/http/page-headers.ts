import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import type { AppEnv } from './router.ts';

/** What an answer that is no page may load: nothing, wherever it ends up being shown. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Content security policy of a page of ours: everything from this server, and of inline code only what carries the nonce
 * of this answer. Style attributes are allowed, because the pages' libraries place things with them; they run nothing.
 */
export function pagePolicyOf(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const NONCE_BYTES = 16;
const NONCES_AT_ONCE = 256;

/** Chance is fetched for many answers at once: for each of them alone it would cost more than the headers do. */
function nonceMaker(randomBytes: (size: number) => Buffer): () => string {
  let chance: Buffer = Buffer.alloc(0);
  return () => {
    if (chance.length === 0) chance = randomBytes(NONCE_BYTES * NONCES_AT_ONCE);
    const nonce = chance.toString('base64', 0, NONCE_BYTES);
    chance = chance.subarray(NONCE_BYTES);
    return nonce;
  };
}

/** Security headers of every answer. A page sets its own policy with {@link pagePolicyOf} and the nonce it finds. */
export function protectAnswers({ randomBytes }: { randomBytes: (size: number) => Buffer }) {
  const usual = secureHeaders({ xFrameOptions: 'DENY', referrerPolicy: 'strict-origin-when-cross-origin' });
  const makeNonce = nonceMaker(randomBytes);
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set('nonce', makeNonce());
    await usual(c, next);
    const { headers } = c.res;
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', API_POLICY);
    headers.set('permissions-policy', 'geolocation=(), microphone=(), camera=()');
    // What is answered here is somebody's data; a page's files say otherwise themselves.
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  });
}
