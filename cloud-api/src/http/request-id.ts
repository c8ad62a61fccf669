import type { Clock, MakeId } from '@weighgate/protocol';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import type { Logger } from 'pino';
import { inRequest } from './request-context.ts';
import type { Answered } from './request-metrics.ts';
import type { AppEnv } from './router.ts';

/** What we take over from a caller: short, and harmless in a log line and a header. */
const sane = /^[A-Za-z0-9._-]{8,64}$/;

export interface RequestIdParts {
  makeId: MakeId;
  log: Logger;
  clock: Clock;
  addressOf: (c: Context<AppEnv>) => string;
  /** Called with every answer; left out, nobody counts them. */
  onAnswered?: (answered: Answered) => void;
}

/**
 * Gives every request an id, takes over the caller's when it is sane, echoes it, and writes it on every log line of the
 * request. The line of the answer names the route and not the path: plates and names stand in paths.
 */
export function requestId({ makeId, log, clock, addressOf, onAnswered = () => undefined }: RequestIdParts) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const given = c.req.header('x-request-id');
    const id = given !== undefined && sane.test(given) ? given : makeId();
    c.set('requestId', id);
    c.set('clientAddress', addressOf(c));
    c.header('x-request-id', id);
    const startedMs = clock.monotonicMs();
    await inRequest({ requestId: id }, next);
    const durationMs = clock.monotonicMs() - startedMs;
    const route = routeOf(c);
    const { status } = c.res;
    const address = c.get('clientAddress');
    onAnswered({ method: c.req.method, route, status, durationMs });
    log.info(
      { requestId: id, method: c.req.method, route, status, durationMs: Math.round(durationMs), address },
      'http.answered',
    );
  });
}

/** Pattern of the route that a request was for, such as `/api/billing/trucks/:id`; `none` where there is none. */
function routeOf(c: Context<AppEnv>): string {
  const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL');
  return route?.path ?? 'none';
}
