import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Plant, startPlant } from '../src/demo/plant.ts';
import { demoOptions } from './demo-options.ts';

const stack = new AsyncDisposableStack();
let plant: Plant;

beforeAll(async () => {
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-lists-')));
  plant = stack.use(await startPlant(demoOptions(folder.path), systemClock));
});
afterAll(() => stack.disposeAsync());

async function call(side: 'cloud' | 'edge', method: string, path: string, body?: unknown) {
  const answer = await fetch(`${plant.urls[side]}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${plant.keys[side]}`,
      'content-type': 'application/json',
      'if-match': '*',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const soon = { timeout: 20_000, interval: 200 };

test('what is registered in the cloud is at the weighbridge within seconds, and so is what is changed there', async () => {
  const { body: north } = await call('cloud', 'POST', '/api/billing/providers', { name: 'Orchard North' });
  await call('cloud', 'POST', '/api/billing/trucks', { id: '77-421-03', providerId: north.id });
  await call('cloud', 'POST', '/api/billing/produce', { id: 'orange' });
  await call('cloud', 'POST', '/api/weight/containers', { id: 'C-900', tareKg: 250 });
  const listed = async () => (await call('edge', 'GET', '/api/weight/trucks/7742103/listed')).body;
  await expect.poll(listed, soon).toMatchObject({ provider: { name: 'Orchard North' }, flags: [] });
  await expect
    .poll(async () => (await call('edge', 'GET', '/api/weight/produce')).body, soon)
    .toMatchObject({ produce: ['orange'], masterData: { revision: 4, phase: 'current' } });
  await call('cloud', 'PUT', `/api/billing/providers/${north.id}`, { status: 'revoked' });
  await expect.poll(listed, soon).toMatchObject({ flags: ['provider_revoked'] });
});

test('a tare of the cloud is at the weighbridge, and the entry that took it over changes nothing in the cloud', async () => {
  const health = async () => (await call('edge', 'GET', '/api/weight/health')).body;
  await expect.poll(async () => ((await health()).sync as { waiting: number }).waiting, soon).toBe(0);
  const { body } = await call('cloud', 'GET', '/api/weight/containers/C-900');
  expect(body).toMatchObject({ tareKg: 250, measured: false });
  // A tare measured at the weighbridge is the cloud's as well, and comes back as what it is.
  await call('edge', 'PUT', '/api/weight/containers/C-900', { tareKg: 255 });
  await expect
    .poll(async () => (await call('cloud', 'GET', '/api/weight/containers/C-900')).body, soon)
    .toMatchObject({ tareKg: 255, measured: true });
  await expect
    .poll(async () => (await health()).masterData, soon)
    .toMatchObject({ phase: 'current', revision: 6 });
  const { headSeq } = (await health()).sync as { headSeq: number };
  await systemClock.sleep(3_000);
  expect((await health()).sync).toMatchObject({ headSeq, waiting: 0 });
});

test('an operator added in the cloud signs in at the weighbridge with the PIN', async () => {
  const { site } = (await call('edge', 'GET', '/api/weight/health')).body;
  const dana = { name: 'Dana Cloud', role: 'weigher', pin: '271828', sites: [site] };
  expect((await call('cloud', 'POST', '/api/fleet/operators', dana)).status).toBe(201);
  const signIn = async () =>
    (await call('edge', 'POST', '/api/weight/sign-in', { operator: 'Dana Cloud', pin: '271828' })).status;
  await expect.poll(signIn, { ...soon, interval: 1_100 }).toBe(200);
});
