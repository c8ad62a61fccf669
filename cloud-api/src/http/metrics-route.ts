import type { Context } from 'hono';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';
import { networksOf } from './client-address.ts';
import { answerProblem } from './problem.ts';
import type { AppEnv } from './router.ts';

/** Loopback always may read them. */
const LOOPBACK = ['127.0.0.0/8', '::1'];

/**
 * `/metrics` in the Prometheus text format. Kilograms and bills stand in them, so only the networks listed may read.
 * @param readers networks, as in `10.0.0.0/8`
 */
export function metricsRoute(registry: Registry, readers: readonly string[]) {
  const mayRead = networksOf([...LOOPBACK, ...readers]);
  return new Hono<AppEnv>().get('/metrics', async (c: Context<AppEnv>) => {
    if (!mayRead.has(c.get('clientAddress'))) {
      return answerProblem(c, 403, {
        code: 'metrics-refused',
        title: 'Not for this network',
        detail: 'metrics are read from loopback and from the networks in http.metricsReaders',
      });
    }
    return c.text(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
}
