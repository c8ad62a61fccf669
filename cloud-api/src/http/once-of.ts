import type { Clock } from '@weighgate/protocol';
import type { Context } from 'hono';
import type { Db } from '../store/database.ts';
import { callerOf } from './caller.ts';
import type { AnswerSeal, OnceRequest } from './idempotent.ts';
import type { AppEnv } from './router.ts';

/**
 * What `createOnce` is told of a request whose key counts for this caller alone.
 * @param body all that the answer depends on
 * @param parts `seal` keeps an answer that holds a secret
 */
export function onceOf(
  c: Context<AppEnv>,
  route: string,
  body: object,
  { db, clock, seal }: { db: Db; clock: Clock; seal?: AnswerSeal },
): OnceRequest {
  const key = c.req.header('idempotency-key');
  const once = { db, clock, route: `${route} by ${callerOf(c).id}`, key, body };
  return seal === undefined ? once : { ...once, seal };
}
