import type { Context, Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The methods that a route answers at this path, as in an `Allow` header; empty where there is no route. */
export function allowedMethodsOf(app: Hono<AppEnv>, path: string): string[] {
  const allowed = methods.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );
  if (allowed.length === 0) return [];
  return [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

/** Answers 405 and says which methods there are. */
export function answerWrongMethod(c: Context<AppEnv>, allowed: readonly string[]) {
  c.header('allow', allowed.join(', '));
  return answerProblem(c, 405, {
    code: 'method-not-allowed',
    title: 'Method not allowed',
    detail: `${c.req.path} answers ${allowed.join(', ')}, and not ${c.req.method}`,
  });
}

/** Answers OPTIONS with the methods there are, and refuses TRACE, which would show a caller's secrets to a page. */
export function answerOwnMethods(app: Hono<AppEnv>) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const { method, path } = c.req;
    if (method === 'TRACE') return answerWrongMethod(c, allowedMethodsOf(app, path));
    const allowed = method === 'OPTIONS' ? allowedMethodsOf(app, path) : [];
    if (allowed.length === 0) return next();
    return c.body(null, 204, { allow: allowed.join(', ') });
  });
}
