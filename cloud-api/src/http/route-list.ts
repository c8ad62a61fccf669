import assert from 'node:assert/strict';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { RouteAccess } from './define-route.ts';
import { type Access, permissions } from './permission.ts';
import type { AppEnv } from './router.ts';

/** One route of the API and who may call it. */
export interface ListedRoute {
  /** In capitals. */
  method: string;
  /** As in the OpenAPI document: `/api/weight/session/{id}`. */
  path: string;
  access: Access;
  /** Whether it answers a provider with their own data. */
  isOwnData: boolean;
}

/**
 * Every route that an app defines, with its permission, in the order of definition.
 * @throws AssertionError for a route that declares none: the program does not start with it
 */
export function listRoutes(app: OpenAPIHono<AppEnv>): ListedRoute[] {
  return app.openAPIRegistry.definitions.flatMap((definition): ListedRoute[] => {
    if (definition.type !== 'route') return [];
    const { method, path } = definition.route;
    const declared = definition.route as Partial<RouteAccess>;
    const access = declared['x-permission'];
    assert(
      access !== undefined && (access === 'public' || permissions.includes(access)),
      `${method} ${path} declares no permission: define it with defineRoute`,
    );
    return [{ method: method.toUpperCase(), path, access, isOwnData: declared['x-own-data'] === true }];
  });
}
