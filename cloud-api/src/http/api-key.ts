import { createHash, timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** Lets a request through when it carries `Authorization: Bearer KEY`. Compared in constant time. */
export function requireApiKey(apiKey: string) {
  const expected = digestOf(apiKey);
  return createMiddleware<AppEnv>(async (c, next) => {
    const [, given] = /^Bearer +([^ ]{1,256})$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (given !== undefined && timingSafeEqual(digestOf(given), expected)) {
      c.set('caller', { kind: 'key', id: 'api-key' });
      return next();
    }
    c.header('www-authenticate', 'Bearer realm="weighgate"');
    return answerProblem(c, 401, {
      code: 'unauthorized',
      title: 'API key needed',
      detail:
        given === undefined
          ? 'send the API key as "Authorization: Bearer KEY"'
          : 'this API key is not the one of this server',
    });
  });
}
