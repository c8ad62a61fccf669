import { afterAll, beforeAll, expect, test } from 'vitest';
import { billingOn } from './test-billing.ts';
import { startTestCloud } from './test-cloud.ts';

const now = Date.parse('2026-07-02T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let billing: ReturnType<typeof billingOn>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
  billing = billingOn(cloud, now);
  await cloud.call('POST', '/api/billing/produce', { id: 'orange' });
  await cloud.call('POST', '/api/billing/rates', { produce: 'orange', ratePerKgMinor: '0.5' });
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown, headers = {}) =>
  cloud.call(method, `/api/billing${path}`, body, headers);

test('a month is drafted, approved, issued, paid in part and credited over the API', async () => {
  const { id, truck } = await billing.newProvider();
  const sessionId = await billing.deliver({ truck });
  const validFrom = '2020-01-01T00:00:00Z';
  const period = { from: '20260601000000', to: '20260701000000' };
  expect(await call('POST', '/bill-runs', period)).toMatchObject({
    status: 200,
    body: { drafts: 1, blocked: 0 },
  });
  const listed = (await call('GET', '/bill-runs?state=draft')).body as { items: { id: string }[] };
  const runId = listed.items[0]?.id ?? '';
  const run = `/bill-runs/${runId}`;
  expect(await call('POST', `${run}/approve`)).toMatchObject({ status: 428 });
  expect(await call('POST', `${run}/approve`, undefined, { 'if-match': '"v7"' })).toMatchObject({
    status: 412,
  });
  const shown = await call('GET', run);
  expect(shown.body).toMatchObject({
    providerId: id,
    state: 'draft',
    figures: { totals: { netMinor: '3500' } },
  });
  const approved = await call('POST', `${run}/approve`, undefined, {
    'if-match': shown.headers.get('etag') ?? '',
  });
  expect(approved).toMatchObject({ status: 200, body: { state: 'approved', approved: { by: 'test' } } });
  const ifMatch = { 'if-match': approved.headers.get('etag') ?? '' };
  expect(await call('POST', `${run}/bill`, {}, ifMatch)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('POST /buyer-details') },
  });
  const buyer = { validFrom, name: 'Gan Shmuel Foods', taxId: '510000000', address: null };
  expect(await call('POST', '/buyer-details', buyer)).toMatchObject({ status: 201 });
  expect(await call('POST', '/vat-rates', { validFrom, category: 'standard', percent: '18' })).toMatchObject({
    status: 201,
  });
  const agreement = { validFrom, validTo: null, reference: 'SB-7' };
  expect(await call('POST', `/providers/${id}/self-billing-agreements`, agreement)).toMatchObject({
    status: 201,
  });
  expect(await call('POST', `/providers/${id}/self-billing-agreements`, agreement)).toMatchObject({
    status: 409,
  });
  const tax = { validFrom, taxId: '514000000', address: null, vat: 'standard' };
  expect(await call('POST', `/providers/${id}/tax-details`, tax)).toMatchObject({ status: 201 });
  // With VAT it is another bill than the one approved.
  expect(await call('POST', `${run}/bill`, {}, ifMatch)).toMatchObject({ status: 409 });
  const again = await call('POST', `${run}/approve`, undefined, { 'if-match': '*' });
  expect(again).toMatchObject({ body: { figures: { totals: { totalMinor: '4130' } } } });
  const issued = await call('POST', `${run}/bill`, {}, { 'if-match': again.headers.get('etag') ?? '' });
  expect(issued).toMatchObject({ status: 201, body: { numberText: 'SB-2026-000001' } });
  const { billId } = issued.body as { billId: string };

  const payment = { amountMinor: '1000', paidAt: '20260702120000', reference: 'bank 1' };
  expect(await call('POST', `/bills/${billId}/payments`, payment, { 'idempotency-key': 'k1' })).toMatchObject(
    { status: 201 },
  );
  expect(await call('POST', `/bills/${billId}/payments`, payment, { 'idempotency-key': 'k1' })).toMatchObject(
    { status: 201 },
  );
  expect(await call('POST', `/bills/${billId}/payments`, payment)).toMatchObject({ status: 409 });
  const credit = { reason: 'rotten', lines: [{ lineNo: 1, sessionIds: [sessionId] }] };
  expect(await call('POST', `/bills/${billId}/credit-notes`, credit)).toMatchObject({
    status: 201,
    body: { numberText: 'CN-2026-000001', totalMinor: '-4130' },
  });
  expect(await call('POST', `/bills/${billId}/credit-notes`, credit)).toMatchObject({ status: 409 });
  expect(await call('GET', `/providers/${id}/account`)).toMatchObject({
    body: {
      balances: [{ owedMinor: '-1000', billedMinor: '4130', creditedMinor: '4130', paidMinor: '1000' }],
    },
  });
  expect(await call('GET', `/bills?providerId=${id}`)).toMatchObject({
    body: {
      items: [
        { kind: 'credit_note', correctsBillId: billId },
        { id: billId, kind: 'tax_invoice' },
      ],
    },
  });
  expect(await call('POST', '/reconciliations')).toMatchObject({
    status: 200,
    body: { differences: 0, rowCount: 1 },
  });
});
