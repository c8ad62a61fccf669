import type { Context } from 'hono';
import type { AppEnv } from '../http/router.ts';
import type { Place } from './identity-parts.ts';

const MAX_AGENT_CHARS = 200;

/** Where a request comes from, as it is shown to the user. */
export function placeOf(c: Context<AppEnv>): Place {
  const agent = (c.req.header('user-agent') ?? 'unknown').replaceAll(/[^\x20-\x7e]/g, '?');
  return { address: c.get('clientAddress'), userAgent: agent.slice(0, MAX_AGENT_CHARS) };
}
