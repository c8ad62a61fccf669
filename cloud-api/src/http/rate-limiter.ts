import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimit, RateTier, RateTiers } from './rate-tiers.ts';

/** How one limit stands for one caller. */
export interface RateStanding extends RateLimit {
  /** What is left until the window ends. */
  remaining: number;
  /** Until then, rounded up. */
  resetS: number;
  isOver: boolean;
}

/** Counts requests of all replicas where there is a Redis, of this one alone where there is none, or none that answers. */
export interface RateLimiter {
  /** Counts one request. @returns the limit that leaves least; of those that are over, the one that lasts longest */
  count(tier: RateTier, caller: string): Promise<RateStanding>;
}

/** @param redis a client that fails soon instead of waiting for a server that is away */
export function rateLimiter(tiers: RateTiers, redis: Redis | undefined): RateLimiter {
  const limiters = new Map(
    Object.entries(tiers).map(([tier, limits]) => [
      tier,
      limits.map((limit) => ({ limit, counter: counterOf(tier, limit, redis) })),
    ]),
  );
  return {
    count: async (tier, caller) => {
      const counters = limiters.get(tier) ?? [];
      const standings = await Promise.all(
        counters.map(({ limit, counter }) => countWith(counter, limit, caller)),
      );
      return standings.reduce(worse);
    },
  };
}

type Counter = RateLimiterMemory | RateLimiterRedis;

function counterOf(tier: string, { requests, seconds }: RateLimit, redis: Redis | undefined): Counter {
  const options = { points: requests, duration: seconds, keyPrefix: `weighgate:${tier}:${seconds}` };
  const memory = new RateLimiterMemory(options);
  if (redis === undefined) return memory;
  return new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: memory,
    // Who is over already costs Redis nothing more.
    inMemoryBlockOnConsumed: requests + 1,
  });
}

async function countWith(counter: Counter, limit: RateLimit, caller: string): Promise<RateStanding> {
  try {
    return standingOf(limit, await counter.consume(caller), false);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return standingOf(limit, refusal, true);
    throw refusal;
  }
}

const standingOf = (
  limit: RateLimit,
  { remainingPoints, msBeforeNext }: RateLimiterRes,
  isOver: boolean,
) => ({
  ...limit,
  remaining: Math.max(0, remainingPoints),
  resetS: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  isOver,
});

function worse(one: RateStanding, other: RateStanding): RateStanding {
  if (one.isOver !== other.isOver) return one.isOver ? one : other;
  if (one.isOver) return one.resetS >= other.resetS ? one : other;
  return one.remaining <= other.remaining ? one : other;
}
