import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { problem } from './problem.ts';

/** Lets through who sends `Authorization: Bearer KEY`; anyone else gets 401. */
export function authorize(apiKey: string): MiddlewareHandler {
  return async (c, next) => {
    if (isKey(c.req.header('authorization'), apiKey)) return next();
    c.header('www-authenticate', 'Bearer');
    return problem(c, {
      status: 401,
      code: 'unauthorized',
      title: 'Not signed in',
      detail: 'Send the header "Authorization: Bearer KEY" with the key of this agent.',
    });
  };
}

/** Compares digests, so that the time taken says nothing about the key. */
function isKey(header: string | undefined, apiKey: string): boolean {
  const offered = /^Bearer (.{1,256})$/.exec(header ?? '')?.[1];
  if (offered === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(apiKey));
}
