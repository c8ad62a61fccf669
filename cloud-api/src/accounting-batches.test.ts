import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchCsvOf } from './billing/accounting/batch-csv.ts';
import { stored, testBill } from './billing/documents/test-bill.ts';
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

async function issueOne() {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  return billing.issue(id);
}
const make = (key?: string) =>
  cloud.call(
    'POST',
    '/api/billing/accounting-batches',
    undefined,
    key === undefined ? {} : { 'idempotency-key': key },
  );
const contentOf = async (number: number) =>
  String((await cloud.call('GET', `/api/billing/accounting-batches/${number}/content`)).body);

test('batches are numbered without a gap, every bill is in exactly one, and each is the same bytes at every reading', async () => {
  expect((await make()).status).toBe(409);
  const first = [await issueOne(), await issueOne()];
  const made = await make('b1');
  expect(made).toMatchObject({ status: 201, body: { number: 1, billCount: 2 } });
  expect((await make('b1')).body).toEqual(made.body);
  expect((await make()).status).toBe(409);
  const second = await issueOne();
  expect(await make()).toMatchObject({ status: 201, body: { number: 2, billCount: 1 } });

  const content = await contentOf(1);
  expect(await contentOf(1)).toBe(content);
  expect(createHash('sha256').update(`\ufeff${content}`).digest('hex')).toBe(
    (made.body as { sha256: string }).sha256,
  );
  for (const { numberText } of first) expect(content.split(numberText)).toHaveLength(2);
  expect(content).not.toContain(second.numberText);
  expect((await contentOf(2)).split('\r\n')).toHaveLength(3);
  expect(await cloud.call('GET', '/api/billing/accounting-batches/3/content')).toMatchObject({ status: 404 });
});

test('batches made at once share the bills out: no number and no bill twice', async () => {
  for (let i = 0; i < 3; i += 1) await issueOne();
  const made = await Promise.all([make(), make(), make(), make()]);
  expect(made.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
  const { db } = billing;
  const numbers = await db.selectFrom('accounting_batches').select('number').orderBy('number').execute();
  expect(numbers.map(({ number }) => number)).toEqual(numbers.map((_, i) => i + 1));
  const bills = await db.selectFrom('bills').select('id').execute();
  const batched = await db.selectFrom('accounting_batch_bills').select('bill_id').execute();
  expect(batched.map((row) => row.bill_id).toSorted()).toEqual(bills.map(({ id }) => id).toSorted());
});

test('a batch that was made is never changed', async () => {
  const { db } = billing;
  await expect(db.updateTable('accounting_batches').set({ made_by: 'x' }).execute()).rejects.toThrow(
    'append-only',
  );
  await expect(db.deleteFrom('accounting_batch_bills').execute()).rejects.toThrow('append-only');
});

test('the rows of a bill, one for each percentage of VAT, add up to its total, and names are inert', () => {
  const bill = testBill({ seller: { ...testBill().seller, name: '=1+1' } });
  const rows = batchCsvOf(7, [stored(bill)])
    .trim()
    .split('\r\n')
    .slice(1);
  expect(rows).toHaveLength(2);
  expect(rows.map((row) => row.split(',').slice(11, 16))).toEqual([
    ['', '-192.14', '0.00', '-192.14', '462774.83'],
    ['18', '392344.89', '70622.08', '462966.97', '462774.83'],
  ]);
  expect(rows[0]).toContain(",'=1+1,");
  expect(batchCsvOf(7, [stored(bill)])).toBe(batchCsvOf(7, [stored(bill)]));
});
