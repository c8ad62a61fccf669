import { randomBytes } from 'node:crypto';
import { plainEdge, useHttpEdge } from '@weighgate/cloud-api/src/http/http-edge.ts';
import { startHttpServer } from '@weighgate/cloud-api/src/http/http-server.ts';
import { limitCallers } from '@weighgate/cloud-api/src/http/limit-requests.ts';
import { openRateLimitStore } from '@weighgate/cloud-api/src/http/rate-limit-store.ts';
import { rateLimiter } from '@weighgate/cloud-api/src/http/rate-limiter.ts';
import {
  type EdgeTier,
  edgeTierNames,
  type RateTiers,
  usualTiers,
} from '@weighgate/cloud-api/src/http/rate-tiers.ts';
import { makeRouter } from '@weighgate/cloud-api/src/http/router.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { percentileOf } from '../bench/result.ts';
import { pathOf } from '../component-path.ts';
import { startRealRedis } from '../real-redis.ts';
import { type Claim, outcomeOf } from './claims.ts';
import type { ProofOutcome } from './proof.ts';

const clock = systemClock;
const UP_WAIT_MS = 10_000;
const SLOW_MS = 1_000;

interface Ask {
  method: string;
  path: string;
  who?: string;
}

const asks: Readonly<Record<EdgeTier, Ask>> = {
  login: { method: 'POST', path: '/api/auth/login' },
  register: { method: 'POST', path: '/api/auth/register' },
  public: { method: 'GET', path: '/.well-known/jwks.json' },
  readLight: { method: 'GET', path: '/health/live' },
  readHeavy: { method: 'GET', path: '/api/provider/candidates', who: 'account:heavy' },
  writeLight: { method: 'POST', path: '/api/auth/refresh' },
  writeHeavy: { method: 'POST', path: '/api/billing/rates/import', who: 'account:bulk' },
  admin: { method: 'POST', path: '/api/provider/candidates/1/approve', who: 'account:admin' },
  refused: { method: 'GET', path: '/api/billing/providers' },
  account: { method: 'GET', path: '/api/billing/providers', who: 'account:one' },
  key: { method: 'GET', path: '/api/billing/providers', who: 'key:one' },
};
/** The usual tiers, the two large ones smaller: a proof need not ask twenty thousand times. */
const tiers: RateTiers = {
  ...usualTiers,
  account: [{ requests: 120, seconds: 60 }],
  key: [{ requests: 150, seconds: 60 }],
};
const limitOf = (tier: EdgeTier) => Math.min(...tiers[tier].map(({ requests }) => requests));

/**
 * Two replicas of the HTTP edge on one Redis: every tier is one limit for both; with Redis killed in the middle of it all,
 * every request is still answered, and each replica holds the limits by itself.
 */
export async function proveLimits(): Promise<ProofOutcome> {
  if (pathOf('redis-server') === undefined) return { kind: 'missing', what: 'redis-server is not installed' };
  await using undo = new AsyncDisposableStack();
  const redis = undo.use(await startRealRedis());
  const replicas = [undo.use(await startReplica(redis.url)), undo.use(await startReplica(redis.url))];
  const isShared = () => replicas.every(({ isUp }) => isUp());
  await until(isShared);

  const claims: Claim[] = [];
  for (const tier of edgeTierNames) {
    const limit = limitOf(tier);
    const { taken, odd, headersAreRight } = await ask(replicas, tier, limit + 10, 'first');
    claims.push([
      `${tier}: of ${limit + 10} requests to two replicas in turns ${taken} were taken, ${limit} may be`,
      taken === limit && odd.length === 0 && headersAreRight,
    ]);
  }

  await redis.kill();
  await redis.start();
  await until(isShared);
  for (const tier of edgeTierNames) {
    const limit = limitOf(tier);
    const half = Math.floor(limit / 2);
    const before = await ask(replicas, tier, half, 'second');
    await redis.kill();
    const after = await ask(replicas, tier, 2 * limit + 20, 'second');
    const taken = before.taken + after.taken;
    const p99 = percentileOf(after.tookMs, 99);
    claims.push([
      `${tier}, Redis killed after ${half}: ${taken} taken (at most ${half + 2 * limit}), nothing but answers and 429, p99 ${p99.toFixed(0)} ms ${after.odd.slice(0, 2).join()}`,
      before.taken === half &&
        after.taken <= 2 * limit &&
        after.taken > 0 &&
        after.odd.length === 0 &&
        p99 < SLOW_MS,
    ]);
    await redis.start();
    await until(isShared);
  }
  claims.push(['both replicas count together again once Redis is back', isShared()]);
  claims.push([
    'not tried: the limits of applications (the tests of the route try them), a Redis that is slow and not dead, several Redis, real sign-ins (the gate is one line here)',
    true,
  ]);
  return outcomeOf('limits', claims);
}

/** The edge as the cloud mounts it, before routes that say yes; whoever names themselves is let in. */
async function startReplica(redisUrl: string) {
  const log = pino({ level: 'silent' });
  const store = openRateLimitStore(redisUrl, log);
  const limiter = rateLimiter(tiers, store.redis);
  const app = makeRouter();
  useHttpEdge(app, {
    edge: { ...plainEdge, trustedProxies: ['127.0.0.1'] },
    clock,
    makeId: idMaker(clock),
    log,
    randomBytes,
    limiter,
  });
  app.use('/api/*', async (c, next) => {
    const [kind, id] = (c.req.header('authorization') ?? '').split(':');
    if (c.req.path.startsWith('/api/auth/')) return next();
    if (id === undefined || (kind !== 'account' && kind !== 'key')) return c.text('who?', 401);
    const nobody = { name: id, role: null, permissions: new Set<never>(), providerId: null, sessionId: null };
    c.set('caller', { kind, id, ...nobody });
    return next();
  });
  app.use('/api/*', limitCallers(limiter));
  app.all('*', (c) => c.text('done'));
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, fetch: app.fetch, clock });
  return {
    url: server.url,
    isUp: store.isUp,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
}

/** Asks the replicas in turns. `odd`: answers that are neither the route's nor a 429. */
async function ask(
  replicas: readonly { url: string }[],
  tier: EdgeTier,
  times: number,
  visit: 'first' | 'second',
) {
  const { method, path, who } = asks[tier];
  const expected = tier === 'refused' ? 401 : 200;
  // Who was over is remembered for its minute: the second visit is by others.
  const headers: Record<string, string> = {
    'x-forwarded-for': visit === 'first' ? '198.51.100.1' : '198.51.100.2',
    ...(who === undefined ? {} : { authorization: `${who}-${visit}` }),
  };
  let taken = 0;
  let headersAreRight = true;
  const odd: string[] = [];
  const tookMs: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const startedMs = clock.monotonicMs();
    try {
      const answer = await fetch(`${replicas[count % replicas.length]?.url}${path}`, { method, headers });
      await answer.arrayBuffer();
      if (answer.status === expected) taken += 1;
      else if (answer.status !== 429) odd.push(`status ${answer.status}`);
      else if (!(Number(answer.headers.get('retry-after')) > 0)) headersAreRight = false;
      if (answer.headers.get('ratelimit')?.startsWith(`"${tier}";r=`) !== true) headersAreRight = false;
    } catch (error) {
      odd.push((error as Error).message);
    }
    tookMs.push(clock.monotonicMs() - startedMs);
  }
  return { taken, odd, tookMs, headersAreRight };
}

async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = clock.monotonicMs() + UP_WAIT_MS;
  while (!holds()) {
    if (clock.monotonicMs() > deadlineMs) throw new Error('the replicas do not reach Redis');
    await clock.sleep(20);
  }
}
