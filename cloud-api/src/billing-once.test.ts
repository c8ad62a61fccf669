import { afterAll, beforeAll, expect, test } from 'vitest';
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

const post = (path: string, body: object, key: string, more = {}) =>
  cloud.call('POST', `/api/billing${path}`, body, { 'idempotency-key': key, ...more });

async function issuedBill() {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  return { providerId: id, bill: await billing.issue(id) };
}
const countOf = async (table: 'bills' | 'payments' | 'vat_rates' | 'self_billing_agreements') =>
  (await billing.db.selectFrom(table).selectAll().execute()).length;

test('a credit note by an amount that is sent fifty times at once under one key takes it off once', async () => {
  const { providerId, bill } = await issuedBill();
  const before = await countOf('bills');
  const order = { reason: 'wet', lines: [{ lineNo: 1, amountMinor: '1000' }] };
  const path = `/bills/${bill.id}/credit-notes`;
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(path, order, 'credit-1')));
  const [first] = answers;
  expect(first).toMatchObject({ status: 201, body: { totalMinor: '-1000' } });
  for (const { status, body } of answers)
    expect({ status, body }).toEqual({ status: 201, body: first?.body });
  expect(await countOf('bills')).toBe(before + 1);
  expect((await cloud.call('GET', `/api/billing/providers/${providerId}/account`)).body).toMatchObject({
    balances: [{ creditedMinor: '1000' }],
  });

  const other = { ...order, reason: 'rotten' };
  expect(await post(path, other, 'credit-1')).toMatchObject({ status: 422 });
  const another = await issuedBill();
  expect(await post(`/bills/${another.bill.id}/credit-notes`, order, 'credit-1')).toMatchObject({
    status: 422,
  });
  const wish = { name: 'accounting', permissions: ['bills.issue'], expiresAt: '2027-01-01T00:00:00.000Z' };
  const { key } = (await cloud.call('POST', '/api/auth/keys', wish)).body as { key: string };
  const machine = { authorization: `Bearer ${key}` };
  const asMachine = await post(path, order, 'credit-1', machine);
  expect(asMachine).toMatchObject({ status: 201, body: { numberText: 'CN-2026-000002' } });

  // What was refused may be tried again under its key.
  const all = { reason: 'wet', lines: [{ lineNo: 1, amountMinor: '999999999' }] };
  expect(await post(path, all, 'credit-2')).toMatchObject({ status: 409 });
  expect(await post(path, order, 'credit-2')).toMatchObject({ status: 201, body: { totalMinor: '-1000' } });
});

test('a run that is issued again under its key answers with the bill it has', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  const { runId } = await billing.approve(id);
  const shown = await cloud.call('GET', `/api/billing/bill-runs/${runId}`);
  const ifMatch = { 'if-match': shown.headers.get('etag') ?? '' };
  const issue = () => post(`/bill-runs/${runId}/bill`, {}, 'issue-1', ifMatch);
  const [first, ...rest] = await Promise.all(Array.from({ length: 10 }, issue));
  expect(first?.status).toBe(201);
  for (const { status, body } of [...rest, await issue()])
    expect({ status, body }).toEqual({ status: 201, body: first?.body });
  expect(await post(`/bill-runs/${runId}/bill`, {}, 'issue-2', ifMatch)).toMatchObject({ status: 412 });
});

test('a payment that is taken back again under its key answers as the first time', async () => {
  const { bill } = await issuedBill();
  const payment = { amountMinor: '500', paidAt: '20260702110000', reference: 'bank 9' };
  const paid = await post(`/bills/${bill.id}/payments`, payment, 'pay-1');
  const { id } = paid.body as { id: string };
  const before = await countOf('payments');
  const back = await post(`/payments/${id}/reversal`, {}, 'back-1');
  expect(back).toMatchObject({ status: 201, body: { amountMinor: '-500' } });
  expect((await post(`/payments/${id}/reversal`, {}, 'back-1')).body).toEqual(back.body);
  expect(await post(`/payments/${id}/reversal`, {}, 'back-2')).toMatchObject({ status: 409 });
  expect(await countOf('payments')).toBe(before + 1);
});

test('terms of bills that are said again under one key are written down once', async () => {
  const { id } = await billing.newProvider();
  const validFrom = '2027-01-01T00:00:00.000Z';
  const before = [await countOf('vat_rates'), await countOf('self_billing_agreements')];
  for (const [path, body] of [
    ['/buyer-details', { validFrom, name: 'Gan Shmuel Foods', taxId: null, address: null }],
    ['/vat-rates', { validFrom, category: 'standard', percent: '19' }],
    [`/providers/${id}/tax-details`, { validFrom, taxId: null, address: null, vat: 'exempt' }],
    [`/providers/${id}/self-billing-agreements`, { validFrom, validTo: null, reference: 'SB-8' }],
  ] as const) {
    for (let time = 0; time < 2; time += 1)
      expect(await post(path, body, 'terms-1'), path).toMatchObject({ status: 201, body: { validFrom } });
    const later = { ...body, validFrom: '2028-01-01T00:00:00Z' };
    expect(await post(path, later, 'terms-1'), path).toMatchObject({ status: 422 });
  }
  const after = [await countOf('vat_rates'), await countOf('self_billing_agreements')];
  expect(after).toEqual(before.map((count) => count + 1));
});
