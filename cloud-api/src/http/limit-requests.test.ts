import { expect, test } from 'vitest';
import { limitCallers, limitStrangers } from './limit-requests.ts';
import { rateLimiter } from './rate-limiter.ts';
import { type EdgeTier, edgeTierNames, rateTierOf, usualTiers } from './rate-tiers.ts';
import { makeRouter } from './router.ts';

/** An app that lets in whoever names themselves, as `account:7` or `key:2`. */
function makeLimitedApp() {
  const limiter = rateLimiter(usualTiers, undefined);
  const app = makeRouter();
  app.use((c, next) => {
    c.set('requestId', 'request-1');
    c.set('clientAddress', c.req.header('x-from') ?? '198.51.100.1');
    return next();
  });
  app.use(limitStrangers(limiter));
  app.use('/api/*', async (c, next) => {
    const [kind, id] = (c.req.header('authorization') ?? '').split(':');
    if (/^\/api\/(?:auth|provider\/app)/.test(c.req.path)) return next();
    if (id === undefined || (kind !== 'account' && kind !== 'key')) return c.text('who?', 401);
    const who = { name: id, role: null, permissions: new Set<never>(), providerId: null, sessionId: null };
    c.set('caller', { kind, id, ...who });
    return next();
  });
  app.use('/api/*', limitCallers(limiter));
  app.all('*', (c) => c.text('done'));
  return app;
}

/** How many of the same request are answered before one is refused, and that refusal. */
async function taken(method: string, path: string, headers: Record<string, string>, most: number) {
  const app = makeLimitedApp();
  for (let count = 0; count <= most; count += 1) {
    const answer = await app.request(path, { method, headers });
    if (answer.status === 429) return { count, answer, app };
  }
  throw new Error(`more than ${most} were taken`);
}

const routes: Readonly<Record<EdgeTier, { method: string; path: string; who?: string }>> = {
  login: { method: 'POST', path: '/api/auth/login' },
  register: { method: 'POST', path: '/api/auth/register' },
  public: { method: 'GET', path: '/api/provider/applications/1' },
  readLight: { method: 'GET', path: '/health/live' },
  readHeavy: { method: 'GET', path: '/api/provider/candidates', who: 'account:1' },
  writeLight: { method: 'POST', path: '/api/provider/candidates', who: 'account:1' },
  writeHeavy: { method: 'POST', path: '/api/billing/rates/import', who: 'account:1' },
  admin: { method: 'POST', path: '/api/provider/candidates/1/approve', who: 'account:1' },
  refused: { method: 'GET', path: '/api/billing/providers' },
  account: { method: 'GET', path: '/api/billing/providers', who: 'account:1' },
  key: { method: 'GET', path: '/api/billing/providers', who: 'key:1' },
};

test.each(edgeTierNames)(
  'the tier %s takes what it says, then answers 429 and says when to come again',
  async (tier) => {
    const { method, path, who } = routes[tier];
    const requests = Math.min(...usualTiers[tier].map((limit) => limit.requests));
    const headers: Record<string, string> = who === undefined ? {} : { authorization: who };
    const { count, answer } = await taken(method, path, headers, requests);
    expect(count).toBe(requests);
    expect(answer.headers.get('ratelimit-policy')).toBe(`"${tier}";q=${requests};w=60`);
    expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"${tier}";r=0;t=(?:[1-5]?\\d|60)$`));
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ type: '/problems/too-many-requests', status: 429 });
  },
);

test('one who is over does not slow down another: neither another account, nor the office behind one address', async () => {
  const { app } = await taken('GET', '/api/billing/providers', { authorization: 'account:1' }, 600);
  const as = async (headers: Record<string, string>) =>
    (await app.request('/api/billing/providers', { headers })).status;
  expect(await as({ authorization: 'account:2' })).toBe(200);
  for (let i = 0; i < 60; i += 1) await as({});
  expect(await as({})).toBe(429);
  expect(await as({ authorization: 'account:2' })).toBe(200);
  expect(await as({ 'x-from': '198.51.100.2' })).toBe(401);
});

test('HEAD is counted as GET is, and a path has one class', () => {
  expect(rateTierOf('HEAD', '/api/provider/candidates')).toBe('readHeavy');
  expect(rateTierOf('GET', '/api/billing/providers')).toBeUndefined();
  expect(rateTierOf('GET', '/api/billing/docs/swagger-ui.css')).toBe('readLight');
});
