import { createMiddleware } from 'hono/factory';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const PREFLIGHT_KEPT_S = 600;

const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, if-match, x-request-id',
  'access-control-max-age': String(PREFLIGHT_KEPT_S),
};
const readableHeaders = 'etag, ratelimit, ratelimit-policy, retry-after, x-request-id';

/**
 * Pages of the origins listed may call the API; those of any other may not change anything, whatever they send, and do
 * not get to read an answer. Programs send no Origin and are not concerned.
 * @param origins such as `https://console.example`
 */
export function guardOrigins(origins: readonly string[]) {
  const listed = new Set(origins);
  return createMiddleware<AppEnv>(async (c, next) => {
    const origin = c.req.header('origin');
    if (origin === undefined) return next();
    c.header('vary', 'Origin', { append: true });
    const isPreflight =
      c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
    if (!listed.has(origin)) {
      if (!isPreflight && (safeMethods.has(c.req.method) || isSameOrigin(origin, c.req.header('host')))) {
        return next();
      }
      return answerProblem(c, 403, {
        code: 'origin-refused',
        title: 'Origin refused',
        detail: 'pages of this origin may not use this server; add it to http.corsOrigins if they should',
      });
    }
    c.header('access-control-allow-origin', origin);
    c.header('access-control-allow-credentials', 'true');
    c.header('access-control-expose-headers', readableHeaders);
    return isPreflight ? c.body(null, 204, preflightHeaders) : next();
  });
}

/** Compared by host alone: behind a proxy that ends TLS the scheme is not known here. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
