import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { z } from 'zod';
import type { KeptAnswers } from '../store/kept-answers.ts';
import type { Idempotency } from '../weighing/weighing-store.ts';
import { problem } from './problem.ts';
import { type Parsed, readValue } from './read-body.ts';

const headerSchema = z.strictObject({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{8,128}$/, 'must be 8 to 128 printable characters without spaces')
    .optional(),
});

/** The key of a request with a digest of what it asks; null where it has none. @param asked all that it asks */
export function idempotencyOf(c: Context, asked: string | Uint8Array): Parsed<Idempotency | null> {
  const header = readValue({ 'Idempotency-Key': c.req.header('idempotency-key') }, headerSchema);
  if (!header.ok) return header;
  const key = header.value['Idempotency-Key'];
  if (key === undefined) return { ok: true, value: null };
  return { ok: true, value: { key, requestDigest: createHash('sha256').update(asked).digest('hex') } };
}

/** All that a request asks: where, and what. */
export function askedWith(c: Context, what: string): string {
  const { pathname, search } = new URL(c.req.url);
  return `${c.req.method} ${pathname}${search}\n${what}`;
}

/**
 * A JSON body as it was sent, but for a PIN in it: from the digest of a body with six unknown digits anybody could find
 * them.
 */
export function withoutPin(body: string): string {
  let hasPin = false;
  const rest = JSON.stringify(
    JSON.parse(body, (key, value) => {
      if (key !== 'secondPin') return value;
      hasPin = true;
      return undefined;
    }),
  );
  return hasPin ? rest : body;
}

/** An answer as JSON text, or the response to a request that made nothing. */
export type OnceAnswer = { ok: true; text: string } | { ok: false; response: Response };

/**
 * Runs `work` once for a key. Does not wait.
 * @param work gives what was made, or the response to a request that made nothing
 */
export function answerOnce(
  c: Context,
  keptAnswers: KeptAnswers,
  idempotency: Idempotency | null,
  work: () => { made: unknown } | { refused: Response },
): OnceAnswer {
  let refused: Response | null = null;
  const outcome = keptAnswers.once(idempotency, () => {
    const result = work();
    if ('made' in result) return JSON.stringify(result.made);
    refused = result.refused;
    return null;
  });
  switch (outcome.kind) {
    case 'answer':
      return { ok: true, text: outcome.text };
    case 'key_reused':
      return { ok: false, response: keyReused(c) };
    case 'nothing':
      if (refused === null) throw new Error('a request made nothing and says not why');
      return { ok: false, response: refused };
  }
}

/** The answer to a key that was used for another request. */
export function keyReused(c: Context): Response {
  return problem(c, {
    status: 422,
    code: 'idempotency_key_reused',
    title: 'Key used before',
    detail: 'This Idempotency-Key was used for another request. Use a new key for a new one.',
  });
}

/** Answers with JSON text as it was kept. */
export function jsonText(c: Context, text: string, status: 200 | 201 = 200): Response {
  return c.body(text, status, { 'content-type': 'application/json' });
}
