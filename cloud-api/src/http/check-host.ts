import { isIP } from 'node:net';
import { createMiddleware } from 'hono/factory';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

/**
 * Answers only under names that are ours, so that a name somebody else points at this machine opens nothing in a
 * browser. Addresses and `localhost` are always ours: nobody can point those.
 * @param hosts further names, without port
 */
export function checkHost(hosts: readonly string[]) {
  const known = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);
  return createMiddleware<AppEnv>((c, next) => {
    const name = new URL(c.req.url).hostname.toLowerCase().replace(/^\[|\]$/g, '');
    if (known.has(name) || isIP(name) !== 0) return next();
    const refused = answerProblem(c, 421, {
      code: 'unknown-host',
      title: 'Not a name of this server',
      detail:
        'this server does not answer under the name in the Host header; add it to http.hosts if it should',
    });
    return Promise.resolve(refused);
  });
}
