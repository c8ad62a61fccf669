import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestChain, testWeight, visitEntries } from './inbox/test-chain.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const at = '2026-05-31T10:30:00.000Z';
const manual = {
  source: 'manual' as const,
  manual: { operator: 'Dana', reason: 'indicator in repair' },
  stability: 'person' as const,
  frames: [],
};

test('a manual weight keeps its mark in the cloud, and counts like any other', async () => {
  const chain = new TestChain();
  const visit = { truck: '77-421-09', produce: 'orange', inKg: 15_000, outKg: 8000, weighedOutAt: at };
  const { sessionId, opened, closed } = visitEntries(visit);
  const given = { ...opened.body.weight, ...manual };
  chain.add({ ...opened, body: { ...opened.body, weight: given } });
  chain.add(closed);
  await cloud.ingest(chain);
  const { body } = await cloud.call('GET', `/api/weight/session/${sessionId}`);
  expect(body).toMatchObject({ state: 'closed', netKg: 7000, firstSource: 'manual', secondSource: 'scale' });
});

test('a weighing from a scale has no mark, and a second one given by hand has', async () => {
  const chain = new TestChain();
  const visit = { truck: '77-421-10', produce: 'orange', inKg: 15_000, outKg: 8000, weighedOutAt: at };
  const { sessionId, opened, closed } = visitEntries(visit);
  chain.add(opened);
  await cloud.ingest(chain);
  const session = async () => (await cloud.call('GET', `/api/weight/session/${sessionId}`)).body;
  expect(await session()).toMatchObject({ firstSource: 'scale', secondSource: null });
  const given = { ...testWeight(8000, at), ...manual };
  chain.add({ ...closed, body: { ...closed.body, weight: given } });
  await cloud.ingest(chain);
  expect(await session()).toMatchObject({ firstSource: 'scale', secondSource: 'manual' });
});
