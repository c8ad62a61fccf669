import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { countedPlaceOf } from './client-address.ts';
import { answerProblem } from './problem.ts';
import type { RateLimiter, RateStanding } from './rate-limiter.ts';
import { type RateTier, rateTierOf } from './rate-tiers.ts';
import type { AppEnv } from './router.ts';

/** Tiers of what strangers may ask, counted by address before anything is looked at. */
const openTiers: readonly RateTier[] = ['login', 'register', 'public', 'readLight', 'writeLight'];

/**
 * Counts strangers by their address: what is open to everybody, and what was refused. Somebody who is let in is not
 * counted here, so a whole office behind one address works.
 */
export function limitStrangers(limiter: RateLimiter) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const place = countedPlaceOf(c.get('clientAddress'));
    const tier = rateTierOf(c.req.method, c.req.path);
    if (tier !== undefined && openTiers.includes(tier)) {
      const standing = await limiter.count(tier, place);
      sayStanding(c, tier, standing);
      if (standing.isOver) return answerTooMany(c, standing);
      return next();
    }
    await next();
    if (c.res.status !== 401) return;
    const standing = await limiter.count('refused', place);
    sayStanding(c, 'refused', standing);
    if (standing.isOver) c.res = answerTooMany(c, standing);
  });
}

/**
 * Counts those who are known: all they ask, and what is heavy by its class. A machine's key is counted as a whole only,
 * for its work is many requests.
 */
export function limitCallers(limiter: RateLimiter) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const caller = c.get('caller');
    if (caller === undefined) return next();
    const tier = rateTierOf(c.req.method, c.req.path);
    const isClassed = caller.kind === 'account' && tier !== undefined && !openTiers.includes(tier);
    for (const one of isClassed ? [caller.kind, tier] : [caller.kind]) {
      const standing = await limiter.count(one, caller.id);
      sayStanding(c, one, standing);
      if (standing.isOver) return answerTooMany(c, standing);
    }
    return next();
  });
}

/** Counts one request that a route has looked at, and says so in its answer. */
export async function countRequest(
  c: Context<AppEnv>,
  limiter: RateLimiter,
  tier: RateTier,
  caller: string,
): Promise<RateStanding> {
  const standing = await limiter.count(tier, caller);
  sayStanding(c, tier, standing);
  return standing;
}

/** The headers of draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it for how long. */
function sayStanding(c: Context<AppEnv>, tier: RateTier, standing: RateStanding): void {
  c.header('ratelimit-policy', `"${tier}";q=${standing.requests};w=${standing.seconds}`);
  c.header('ratelimit', `"${tier}";r=${standing.remaining};t=${standing.resetS}`);
}

/** Answers 429 and says when to come again. */
export function answerTooMany(c: Context<AppEnv>, { requests, seconds, resetS }: RateStanding) {
  c.header('retry-after', String(resetS));
  return answerProblem(c, 429, {
    code: 'too-many-requests',
    title: 'Too many requests',
    detail: `at most ${requests} of these requests are taken in ${seconds} seconds; try again in ${resetS}`,
  });
}
