import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { billingOn } from './test-billing.ts';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-07-02T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let billing: ReturnType<typeof billingOn>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
  billing = billingOn(cloud, now);
  await billing.prepare();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

/** A provider with an issued bill of 6,545.00, and how it asks. */
async function billedProvider() {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  const bill = await billing.issue(id);
  const added = await cloud.call('POST', '/api/auth/keys', {
    name: `provider ${id}`,
    permissions: ['bills.read'],
    providerId: id,
    expiresAt: '2026-12-31T00:00:00.000Z',
  });
  const { key } = z.looseObject({ key: z.string() }).parse(added.body);
  const ask = (path: string) =>
    cloud.call('GET', `/api/billing${path}`, undefined, { authorization: `Bearer ${key}` });
  return { id, bill, ask };
}

test('a provider reads the list of its own bills and its own account, whatever it asks for', async () => {
  const [own, other] = [await billedProvider(), await billedProvider()];
  expect((await own.ask('/bills')).body).toMatchObject({ items: [{ id: own.bill.id, providerId: own.id }] });
  expect((await own.ask(`/bills?providerId=${own.id}`)).body).toMatchObject({ items: [{ id: own.bill.id }] });
  expect((await own.ask(`/bills?providerId=${other.id}`)).body).toMatchObject({ items: [] });
  expect(await own.ask(`/providers/${own.id}/account`)).toMatchObject({
    status: 200,
    body: { balances: [{ currency: 'ILS', billedMinor: own.bill.totals.totalMinor, paidMinor: '0' }] },
  });
  for (const id of [other.id, 999_999]) {
    expect((await own.ask(`/providers/${id}/account`)).status, String(id)).toBe(404);
  }
  expect((await cloud.call('GET', '/api/billing/bills')).body).toMatchObject({
    items: [{ id: other.bill.id }, { id: own.bill.id }],
  });
});
