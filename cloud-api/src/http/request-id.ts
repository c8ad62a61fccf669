import type { Clock, MakeId } from '@weighgate/protocol';
import { createMiddleware } from 'hono/factory';
import type { Logger } from 'pino';
import type { AppEnv } from './router.ts';

/** What we take over from a caller: short, and harmless in a log line and a header. */
const sane = /^[A-Za-z0-9._-]{8,64}$/;

/** Gives every request an id, takes over the caller's when it is sane, echoes it, and logs the request under it. */
export function requestId(parts: { makeId: MakeId; log: Logger; clock: Clock }) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const given = c.req.header('x-request-id');
    const id = given !== undefined && sane.test(given) ? given : parts.makeId();
    c.set('requestId', id);
    c.header('x-request-id', id);
    const startedMs = parts.clock.monotonicMs();
    await next();
    const durationMs = Math.round(parts.clock.monotonicMs() - startedMs);
    const { method, path } = c.req;
    parts.log.info({ requestId: id, method, path, status: c.res.status, durationMs }, 'http.answered');
  });
}
