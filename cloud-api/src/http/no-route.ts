import type { Context, Hono } from 'hono';
import { allowedMethodsOf, answerWrongMethod } from './allowed-methods.ts';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

/** What answers when no route did: 405 where another method would have been answered, else 404. */
export function noRouteAnswerer(app: Hono<AppEnv>) {
  return (c: Context<AppEnv>) => {
    const allowed = allowedMethodsOf(app, c.req.path);
    if (allowed.length > 0) return answerWrongMethod(c, allowed);
    return answerProblem(c, 404, {
      code: 'not-found',
      title: 'Not found',
      detail: `there is nothing at ${c.req.method} ${c.req.path}; see /docs`,
    });
  };
}
