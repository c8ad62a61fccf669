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
  return createMiddleware<AppEnv>((c, next) => (secretPath.test(c.req.path) ? next() : compressed(c, next)));
}
