import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-06-15T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const tares = async (query = '') => {
  const { status, body } = await cloud.call('GET', `/api/weight/containers/C-1/tares${query}`);
  expect(status).toBe(200);
  return (body as { tares: { tareKg: number }[] }).tares;
};

test('the tares of a container are read as they held at any instant, and all of them stay', async () => {
  await cloud.call('POST', '/api/weight/containers', { id: 'C-1', tareKg: 250 });
  const set = (tareKg: number, validFrom: string) =>
    cloud.call('PUT', '/api/weight/containers/C-1/tare', { tareKg, validFrom }, { 'if-match': '*' });
  expect((await set(260, '2026-07-01T00:00:00.000Z')).status).toBe(200);
  expect((await set(255.5, '2026-06-20T00:00:00.000Z')).status).toBe(200);
  expect(await tares()).toEqual([
    {
      tareKg: 260,
      validFrom: '2026-07-01T00:00:00.000Z',
      validTo: null,
      setAt: expect.any(String),
      measured: false,
    },
    expect.objectContaining({ tareKg: 255.5, validTo: '2026-07-01T00:00:00.000Z' }),
    expect.objectContaining({ tareKg: 250, validTo: '2026-06-20T00:00:00.000Z' }),
  ]);
  for (const [at, expected] of [
    ['2026-06-15T08:59:59.999Z', []],
    ['2026-06-15T09:00:00.000Z', [250]],
    ['2026-06-19T23:59:59.999Z', [250]],
    ['2026-06-20T00:00:00.000Z', [255.5]],
    ['2027-01-01T00:00:00.000Z', [260]],
  ] as const) {
    expect(
      (await tares(`?at=${at}`)).map(({ tareKg }) => tareKg),
      at,
    ).toEqual(expected);
  }
  expect((await cloud.call('GET', '/api/weight/containers/C-2/tares')).status).toBe(404);
});
