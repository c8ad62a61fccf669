import { createHmac } from 'node:crypto';

const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** A signing secret as Standard Webhooks writes it: `whsec_` and the bytes in base64. */
export function makeWebhookSecret(randomBytes: (size: number) => Buffer): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** What is signed and sent; `id` stays the same at every attempt, and a receiver that knows it already ignores it. */
export interface SignedContent {
  id: string;
  /** Seconds since 1970. */
  timestampS: number;
  body: string;
}

/**
 * The three headers of Standard Webhooks 1.0: HMAC-SHA-256 over `id.timestamp.body`.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookHeadersOf({ id, timestampS, body }: SignedContent, secret: string) {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': `v1,${signature}`,
  };
}
