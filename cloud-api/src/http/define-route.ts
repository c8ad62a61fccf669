import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import type { Access } from './permission.ts';

/** What every definition of a route says beside its path and its schemas. */
export interface RouteAccess {
  /** The permission a caller must hold; stands in the OpenAPI document, too. */
  'x-permission': Access;
  /**
   * Present on a route that answers a provider with nothing but their own. A caller of one provider is let through to
   * no other route, whatever they hold.
   */
  'x-own-data'?: true;
}

/** Defines a route. One without its permission does not compile. */
export function defineRoute<
  P extends string,
  R extends Omit<RouteConfig, 'path'> & RouteAccess & { path: P },
>(route: R) {
  return createRoute<P, R>(route);
}
