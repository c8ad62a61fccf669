import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

/** What is registered, what a change of it is, and where the two are asked for. */
async function registered() {
  const { body } = await cloud.call('POST', '/api/billing/providers', { name: 'Versions' });
  const { id } = body as { id: number };
  await cloud.call('POST', '/api/billing/trucks', { id: 'VE-1', providerId: id });
  await cloud.call('POST', '/api/weight/containers', { id: 'C-V', tareKg: 250 });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  return [
    {
      read: `/api/billing/providers/${id}`,
      change: `/api/billing/providers/${id}`,
      body: { status: 'revoked' },
    },
    { read: '/api/billing/trucks/VE-1', change: '/api/billing/trucks/VE-1', body: { providerId: id } },
    { read: '/api/weight/containers/C-V', change: '/api/weight/containers/C-V/tare', body: { tareKg: 251 } },
    {
      read: '/api/weight/containers/C-V',
      change: '/api/weight/containers/C-V/tare',
      body: { tareKg: 252, validFrom: tomorrow },
    },
  ];
}

test('a change names what it is based on: without it is 428, and of two who read the same the second is told', async () => {
  for (const { read, change, body } of await registered()) {
    const etag = (await cloud.call('GET', read)).headers.get('etag') ?? '';
    expect(etag, read).toMatch(/^"v\d+"$/);
    expect(await cloud.call('PUT', change, body), change).toMatchObject({
      status: 428,
      body: { type: '/problems/if-match-needed' },
    });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => cloud.call('PUT', change, body, { 'if-match': etag })),
    );
    expect(answers.map(({ status }) => status).toSorted(), change).toEqual([200, 412, 412, 412, 412]);
    const made = answers.find(({ status }) => status === 200);
    const now = (await cloud.call('GET', read)).headers.get('etag');
    expect(made?.headers.get('etag')).toBe(now);
    expect(now).not.toBe(etag);
    expect(answers.find(({ status }) => status === 412)?.headers.get('etag')).toBe(now);
  }
});

test('an ETag that compression marked weak is the same, and a star changes whatever is there', async () => {
  const { body } = await cloud.call('POST', '/api/billing/providers', { name: 'Weak' });
  const path = `/api/billing/providers/${(body as { id: number }).id}`;
  const put = (ifMatch: string) => cloud.call('PUT', path, { status: 'active' }, { 'if-match': ifMatch });
  expect((await put('W/"v1"')).status).toBe(200);
  expect((await put('"v7", "v2"')).status).toBe(200);
  expect((await put('*')).status).toBe(200);
  expect((await put('"v1"')).status).toBe(412);
  expect(
    (await cloud.call('PUT', '/api/billing/providers/99999', { status: 'active' }, { 'if-match': '*' }))
      .status,
  ).toBe(404);
});
