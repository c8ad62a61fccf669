import assert from 'node:assert/strict';
import type { Context } from 'hono';
import type { Permission } from './permission.ts';
import type { AppEnv } from './router.ts';

/** Who sends a request, as far as that is proven. */
export interface Caller {
  kind: 'account' | 'key';
  /** Id of the user, or of the API key. */
  id: string;
  name: string;
  /** Of a user; null for an API key, which has permissions and no role. */
  role: string | null;
  permissions: ReadonlySet<Permission>;
  /** The one provider whose data this caller may see; null for everybody's. */
  providerId: number | null;
  /** The sign-in session of a user; null for an API key. */
  sessionId: string | null;
}

/** What a bearer credential turned out to be. */
export type Authentication = { kind: 'caller'; caller: Caller } | { kind: 'refused' };

/** The caller of a route that is not public. */
export function callerOf(c: Context<AppEnv>): Caller {
  const caller = c.get('caller');
  assert(caller !== undefined, 'a route asked for its caller, but is public');
  return caller;
}
