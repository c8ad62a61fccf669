import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { testParts } from '../store/test-database.ts';
import { plainEdge, useHttpEdge } from './http-edge.ts';
import { noRouteAnswerer } from './no-route.ts';
import { pagePolicyOf } from './page-headers.ts';
import { errorAnswerer } from './problem.ts';
import { rateLimiter } from './rate-limiter.ts';
import { usualTiers } from './rate-tiers.ts';
import { makeRouter } from './router.ts';

const edge = { ...plainEdge, hosts: ['scale.example'], corsOrigins: ['https://console.example'] };
const limiter = rateLimiter({ ...usualTiers, readLight: [{ requests: 1_000, seconds: 60 }] }, undefined);
function makeEdgeApp() {
  const app = makeRouter();
  app.onError(errorAnswerer(testParts.log));
  app.notFound(noRouteAnswerer(app));
  useHttpEdge(app, { ...testParts, edge, limiter });
  app.get('/thing', (c) => c.json({ text: 'x'.repeat(5_000) }));
  app.post('/thing', async (c) => c.json(await c.req.json()));
  app.post('/thing/import', async (c) => c.json({ bytes: (await c.req.text()).length }));
  app.get('/events', (c) => c.body('data: 1\n\n', 200, { 'content-type': 'text/event-stream' }));
  app.get('/page', (c) => c.html('<p>', 200, { 'content-security-policy': pagePolicyOf(c.get('nonce')) }));
  return app;
}
const app = makeEdgeApp();
const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json) =>
  app.request('/thing', { method: 'POST', body, headers });

test('JSON that readers could read differently is refused before any route sees it', async () => {
  for (const body of ['{"a":1,"a":2}', '{"__proto__":{"admin":true}}', '['.repeat(30)]) {
    const answer = await post(body);
    expect(answer.status, body).toBe(400);
    expect(await answer.json()).toMatchObject({ type: '/problems/json-refused' });
  }
  expect(await (await post('{"a":1}')).json()).toEqual({ a: 1 });
});

test('a compressed body is refused, so that it cannot swell', async () => {
  expect((await post('{}', { ...json, 'content-encoding': 'gzip' })).status).toBe(415);
});

test('a body has at most 1 MiB, and 10 MiB where a file is imported', async () => {
  expect((await post(`"${'x'.repeat(1024 * 1024)}"`)).status).toBe(413);
  const send = (bytes: number) =>
    app.request('/thing/import', {
      method: 'POST',
      body: 'x'.repeat(bytes),
      headers: { 'content-type': 'text/csv' },
    });
  expect((await send(2 * 1024 * 1024)).status).toBe(200);
  expect((await send(10 * 1024 * 1024 + 1)).status).toBe(413);
});

test('only names of ours are answered; an address and localhost always are', async () => {
  for (const host of ['scale.example', 'SCALE.example:8080', 'localhost', '127.0.0.1:9', '[::1]:9']) {
    expect((await app.request(`http://${host}/thing`)).status, host).toBe(200);
  }
  expect((await app.request('http://evil.example/thing')).status).toBe(421);
});

test('another method is 405 and says which there are; TRACE is refused; OPTIONS and HEAD are answered', async () => {
  for (const method of ['DELETE', 'PUT', 'PROPFIND']) {
    const answer = await app.request('/thing', { method });
    expect(answer.status, method).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
  }
  const options = await app.request('/thing', { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
  const head = await app.request('/thing', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await app.request('/nothing', { method: 'DELETE' })).status).toBe(404);
});

test('a page of a listed origin may call; one of another may not change anything, nor ask whether it may', async () => {
  const preflight = (origin: string) =>
    app.request('/thing', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
  const listed = await preflight('https://console.example');
  expect(listed.status).toBe(204);
  expect(listed.headers.get('access-control-allow-origin')).toBe('https://console.example');
  expect((await preflight('https://evil.example')).status).toBe(403);
  const form = { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost' };
  expect((await post('a=1', { ...form, origin: 'https://evil.example' })).status).toBe(403);
  expect((await post('{}', { ...json, origin: 'null' })).status).toBe(403);
  expect((await post('{}', { ...json, origin: 'http://localhost', host: 'localhost' })).status).toBe(200);
  expect((await post('{}', { ...json, origin: 'https://console.example' })).status).toBe(200);
  const read = await app.request('/thing', { headers: { origin: 'https://evil.example' } });
  expect(read.headers.get('access-control-allow-origin')).toBeNull();
});

test('texts are compressed for those who take it, and a stream of events never is', async () => {
  const headers = { 'accept-encoding': 'gzip' };
  const answer = await app.request('/thing', { headers });
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.length).toBeLessThan(500);
  expect(JSON.parse(gunzipSync(bytes).toString())).toEqual({ text: 'x'.repeat(5_000) });
  expect((await app.request('/events', { headers })).headers.get('content-encoding')).toBeNull();
});

test('a text says that it varies with what the asker takes, once and whoever asks; a stream of events does not', async () => {
  const varyOf = async (path: string, headers: Record<string, string>) =>
    (await app.request(path, { headers })).headers.get('vary');
  expect(await varyOf('/thing', {})).toBe('Accept-Encoding');
  expect(await varyOf('/thing', { 'accept-encoding': 'gzip' })).toBe('Accept-Encoding');
  expect(await varyOf('/thing', { origin: 'https://console.example' })).toBe('Origin, Accept-Encoding');
  expect(await varyOf('/events', {})).toBeNull();
});

test('no answer may be framed or load anything, and a page runs only what carries its nonce, a new one each time', async () => {
  const { headers } = await app.request('/thing');
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('cache-control')).toBe('no-store');
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const policy = (await app.request('/page')).headers.get('content-security-policy') ?? '';
      expect(policy).not.toContain("script-src 'self' 'unsafe-inline'");
      return /script-src 'self' 'nonce-([^']{20,})'/.exec(policy)?.[1];
    }),
  );
  expect(nonces[0]).toBeDefined();
  expect(nonces[0]).not.toBe(nonces[1]);
});
