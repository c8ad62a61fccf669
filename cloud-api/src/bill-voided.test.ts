import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { billingOn, july } from './test-billing.ts';
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

const call = (method: string, path: string, body?: object) => cloud.call(method, `/api/billing${path}`, body);
const reconciled = async () => ((await call('GET', '/reconciliation')).body as { rows: object[] }).rows;

test('a session voided after its bill was issued is to be credited, and its credit note brings the books to zero', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck, inKg: 12_000, weighedOutAt: '2026-06-09T08:00:00.000Z' });
  const chain = new TestChain();
  const visit = { truck, produce: 'orange', inKg: 15_000, outKg: 8_000 };
  const { sessionId, opened, closed } = visitEntries({ ...visit, weighedOutAt: '2026-06-10T08:00:00.000Z' });
  chain.add(opened);
  chain.add(closed);
  await cloud.ingest(chain);
  const bill = await billing.issue(id);
  expect(bill.totals).toMatchObject({ netG: '11000000', netMinor: '1028500' });
  const billed = { providerId: id, produce: 'orange', billedG: '11000000', pendingG: '0', differenceG: '0' };
  expect(await reconciled()).toEqual([
    expect.objectContaining({ ...billed, deliveredG: '11000000', toCreditG: '0' }),
  ]);

  const people = { by: 'Dana', secondBy: 'Avi' };
  chain.add({
    kind: 'session.voided',
    body: { sessionId, was: 'closed', reason: 'wrong plate', ...people, clone: null },
  });
  await cloud.ingest(chain);
  expect(await reconciled()).toEqual([
    expect.objectContaining({ ...billed, deliveredG: '4000000', toCreditG: '-7000000' }),
  ]);

  const credited = await call('POST', `/bills/${bill.id}/credit-notes`, {
    reason: 'the weighing was voided',
    lines: [{ lineNo: 1, sessionIds: [sessionId] }],
  });
  expect(credited).toMatchObject({ status: 201, body: { totalMinor: '-654500' } });
  expect(await reconciled()).toEqual([
    expect.objectContaining({ ...billed, billedG: '4000000', deliveredG: '4000000', toCreditG: '0' }),
  ]);
  expect(await call('POST', '/reconciliations')).toMatchObject({ status: 200, body: { differences: 0 } });
  expect(await call('GET', `/providers/${id}/account`)).toMatchObject({
    body: { balances: [{ owedMinor: '374000', billedMinor: '1028500', creditedMinor: '654500' }] },
  });

  // The bill stays as it was issued, and the voided session is on no later one.
  const stored = await billing.db
    .selectFrom('bills')
    .select(['total_minor', 'hash'])
    .where('id', '=', bill.id)
    .executeTakeFirstOrThrow();
  expect(stored.total_minor).toBe(bill.totals.totalMinor);
  await billing.deliver({ truck, inKg: 9_000, weighedOutAt: '2026-07-01T08:00:00.000Z' });
  expect((await billing.issue(id, july)).totals).toMatchObject({ netG: '1000000' });
});
