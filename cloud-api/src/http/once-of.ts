import type { Clock } from '@weighgate/protocol';
import type { Context } from 'hono';
import type { Db } from '../store/database.ts';
import { callerOf } from './caller.ts';
import type { AnswerSeal } from './idempotent.ts';
import type { AppEnv } from './router.ts';

/**
 * What `createOnce` is told of a request whose answer holds a secret: it is kept sealed, and the key counts for this
 * caller alone.
 * @param body all that the answer depends on
 */
export function onceOf(
  c: Context<AppEnv>,
  route: string,
  body: object,
  { db, clock, seal }: { db: Db; clock: Clock; seal: AnswerSeal },
) {
  const key = c.req.header('idempotency-key');
  return { db, clock, route: `${route} by ${callerOf(c).id}`, key, body, seal };
}
