import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../store/database.ts';

const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

/** Header of every request that creates something. */
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without blanks')
    .optional()
    .openapi({ description: 'the same key with the same body is done once and answered the same' }),
});

/** Keeps an answer that holds a secret so that the database alone does not give it away. */
export interface AnswerSeal {
  close(text: string, of: string): string;
  open(sealed: string, of: string): string | undefined;
}

/** What came of a request: its effect, the answer of the time it was done before, or another body under the same key. */
export type Done<T, R> = { kind: 'created'; body: T } | { kind: 'key_reused' } | R;

/** What is done once: everything that its answer depends on is in `route` or in `body`. */
export interface OnceRequest {
  db: Db;
  clock: Clock;
  route: string;
  /** Undefined: the caller did not ask for it to be done once. */
  key: string | undefined;
  body: unknown;
  seal?: AnswerSeal;
}

/**
 * Does `work` in one transaction, once for each idempotency key of a route. Only what was created is remembered:
 * a refusal changed nothing, and may turn out otherwise next time.
 */
export async function createOnce<T extends object, R extends { kind: string }>(
  request: OnceRequest,
  work: (trx: Trx) => Promise<{ kind: 'created'; body: T } | R>,
): Promise<Done<T, R>> {
  const { db, clock, route, key, seal } = request;
  if (key === undefined) return db.transaction().execute(work);
  const of = `${route} ${key}`;
  const bodyHash = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
  return db.transaction().execute(async (trx): Promise<Done<T, R>> => {
    // Two requests with one key take turns; the second finds the answer of the first.
    await sql`select pg_advisory_xact_lock(hashtextextended(${of}, 0))`.execute(trx);
    const before = await trx
      .selectFrom('idempotency_keys')
      .select(['body_hash', 'response'])
      .where('route', '=', route)
      .where('key', '=', key)
      .executeTakeFirst();
    if (before !== undefined) {
      if (before.body_hash !== bodyHash) return { kind: 'key_reused' };
      const kept = seal === undefined ? before.response : seal.open(before.response, of);
      assert(kept !== undefined, 'the answer of before was sealed by another secret');
      return { kind: 'created', body: JSON.parse(kept) as T };
    }
    const done = await work(trx);
    if (!isCreated<T, R>(done)) return done;
    const nowMs = clock.now();
    await trx
      .insertInto('idempotency_keys')
      .values({
        route,
        key,
        body_hash: bodyHash,
        status: 201,
        response: seal?.close(JSON.stringify(done.body), of) ?? JSON.stringify(done.body),
        created_at: isoInstant(nowMs),
      })
      .execute();
    await trx
      .deleteFrom('idempotency_keys')
      .where('created_at', '<', sql<Date>`${isoInstant(nowMs - KEPT_DAYS * DAY_MS)}::timestamptz`)
      .execute();
    return done;
  });
}

function isCreated<T, R extends { kind: string }>(
  done: { kind: 'created'; body: T } | R,
): done is { kind: 'created'; body: T } {
  return done.kind === 'created';
}
