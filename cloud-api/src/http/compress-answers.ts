import { compress } from 'hono/compress';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './router.ts';

/** Below it the frame costs more than it saves. */
const LEAST_BYTES = 1024;
/** Sign-in answers carry secrets beside what the caller sent: their compressed length would tell of them. */
const secretPath = /^\/api\/auth(?:\/|$)/;
const compressible =
  /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?(?:json|javascript)\b|image\/svg)/i;

/**
 * Compresses texts for those who take it, never a stream of events, which would be held back, and never what signs
 * somebody in.
 */
export function compressAnswers() {
  const compressed = compress({ threshold: LEAST_BYTES, contentTypeFilter: compressible });
  return createMiddleware<AppEnv>((c, next) => {
    if (secretPath.test(c.req.path)) return next();
    return compressed(c, async () => {
      await next();
      sayItVaries(c.res.headers);
    });
  });
}

/** Said here, `compress` need not say it: it would do so by building the whole answer anew, as a stream. */
function sayItVaries(headers: Headers): void {
  if (!compressible.test(headers.get('content-type') ?? '')) return;
  const vary = headers.get('vary') ?? '';
  if (!/(?:^|,)\s*(?:\*|accept-encoding)\s*(?:,|$)/i.test(vary)) headers.append('vary', 'Accept-Encoding');
}
