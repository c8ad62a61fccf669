import type { Context } from 'hono';
import { countedPlaceOf } from '../http/client-address.ts';
import { countRequest } from '../http/limit-requests.ts';
import type { RateLimiter, RateStanding } from '../http/rate-limiter.ts';
import type { AppEnv } from '../http/router.ts';

/**
 * Counts an application that is about to be stored: by its address first, so that one address cannot use up what all have
 * together. @returns the limit that is reached; undefined when it may be stored
 */
export async function applicationLimit(
  c: Context<AppEnv>,
  limiter: RateLimiter,
): Promise<RateStanding | undefined> {
  const own = await countRequest(c, limiter, 'application', countedPlaceOf(c.get('clientAddress')));
  if (own.isOver) return own;
  const all = await countRequest(c, limiter, 'applications', 'everybody');
  return all.isOver ? all : undefined;
}
