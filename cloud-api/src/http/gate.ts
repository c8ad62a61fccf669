import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import type { Authentication } from './caller.ts';
import { answerProblem } from './problem.ts';
import { setRequestDoer } from './request-context.ts';
import type { ListedRoute } from './route-list.ts';
import type { AppEnv } from './router.ts';

const routerPathOf = (path: string) => path.replaceAll(/\{(.+?)\}/g, ':$1');

/**
 * The one place that decides who reaches a route. What is not in the list of routes is not served; a caller without the
 * route's permission is refused, and a provider where the route does not say that it answers with their own data.
 * Comes before a request is read: who may not call hears nothing of what is wrong with the body.
 * @param routes asked at the first request, when every route is defined
 */
export function gate(authenticate: (bearer: string) => Promise<Authentication>, routes: () => ListedRoute[]) {
  let byPath: Map<string, ListedRoute> | undefined;
  return createMiddleware<AppEnv>(async (c, next) => {
    byPath ??= new Map(routes().map((route) => [`${route.method} ${routerPathOf(route.path)}`, route]));
    const route = matchedRoutes(c)
      .map(({ method, path }) => byPath?.get(`${method} ${path}`))
      .find((found) => found !== undefined);
    if (route?.access === 'public') return next();

    const header = c.req.header('authorization') ?? '';
    const [, bearer] = /^Bearer +([^\s]+)$/i.exec(header) ?? [];
    const known = bearer === undefined ? undefined : await authenticate(bearer);
    if (known?.kind !== 'caller') {
      c.header('www-authenticate', 'Bearer realm="weighgate"');
      return answerProblem(c, 401, {
        code: 'unauthorized',
        title: 'Sign-in needed: send "Authorization: Bearer" with an access token or an API key',
        detail: bearer === undefined ? 'Not authenticated' : 'Could not validate credentials',
      });
    }
    if (route === undefined) return c.notFound();
    const { caller } = known;
    if (!caller.permissions.has(route.access)) {
      return answerProblem(c, 403, {
        code: 'forbidden',
        title: 'Not allowed',
        detail: `this needs the permission ${route.access}, which ${caller.name} does not have`,
      });
    }
    if (caller.providerId !== null && !route.isOwnData) {
      return answerProblem(c, 403, {
        code: 'forbidden',
        title: 'Not allowed',
        detail: 'a provider sees what is their own, and this is not about one provider',
      });
    }
    c.set('caller', caller);
    setRequestDoer(caller);
    return next();
  });
}
