import { afterAll, beforeAll, expect, test } from 'vitest';
import { theCloud } from './audit/record-change.ts';
import { creditBill } from './billing/runs/credit-bill.ts';
import { reconcile, reconcileRows } from './ledger/reconcile.ts';
import { dueNightAt, reconcileIfDue } from './ledger/reconcile-nightly.ts';
import { testParts } from './store/test-database.ts';
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

const rowsOf = async (providerId: number | null) =>
  (await reconcileRows(billing.db)).filter((row) => row.providerId === providerId);

test('what was delivered is what was billed, what waits, and what nobody can bill, each with its reason', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  const bill = await billing.issue(id);
  await billing.deliver({ truck, weighedOutAt: '2026-07-01T08:00:00.000Z' });
  await billing.deliver({ truck, produce: 'quince' });
  await billing.deliver({ truck, containersIn: ['C99'] });
  await billing.deliver({ truck: 'STRANGER-1' });
  expect(await rowsOf(id)).toMatchObject([
    {
      produce: 'orange',
      deliveredG: '14000000',
      billedG: '7000000',
      pendingG: '7000000',
      pendingNetCount: 1,
      differenceG: '0',
    },
    { produce: 'quince', deliveredG: '7000000', noRateG: '7000000', differenceG: '0' },
  ]);
  expect(await rowsOf(null)).toMatchObject([
    { deliveredG: '7000000', noOwnerG: '7000000', differenceG: '0' },
  ]);
  await creditBill(
    { billId: bill.id, reason: 'test', lines: undefined, by: theCloud },
    billing.db,
    billing.parts,
  );
  expect(await rowsOf(id)).toMatchObject([{ billedG: '0', pendingG: '14000000', differenceG: '0' }, {}]);
  expect(await reconcile(billing.db, null, billing.parts)).toMatchObject({ differences: 0 });
});

test('a delivery that is missing from the ledger is a difference, and raises an alarm', async () => {
  const { id, truck } = await billing.newProvider();
  const sessionId = await billing.deliver({ truck });
  const { pool } = cloud.database;
  // Only the owner of the tables can do this to the books.
  await pool.query('alter table ledger_entries disable trigger user');
  await pool.query('delete from ledger_entries where session_id = $1', [sessionId]);
  await pool.query('alter table ledger_entries enable trigger user');
  const done = await reconcile(billing.db, null, billing.parts);
  expect(done).toMatchObject({
    differences: 1,
    different: [{ providerId: id, deliveredG: '7000000', pendingG: '0', differenceG: '7000000' }],
  });
  const alarms = await billing.db
    .selectFrom('alarms')
    .selectAll()
    .where('code', '=', 'books_differ')
    .execute();
  expect(alarms).toMatchObject([{ device: 'cloud', acknowledged_at: null }]);
});

test('a night is reconciled once, from two in the morning where the site is, whoever looks', async () => {
  expect(dueNightAt(Date.parse('2026-07-01T22:59:59Z'), 'Asia/Jerusalem')).toBeUndefined();
  expect(dueNightAt(Date.parse('2026-07-01T23:00:00Z'), 'Asia/Jerusalem')).toBe('2026-07-02');
  const parts = { ...billing.parts, log: testParts.log };
  expect(await Promise.all([reconcileIfDue(parts), reconcileIfDue(parts)])).toContain(true);
  expect(await reconcileIfDue(parts)).toBe(false);
  const nights = await billing.db
    .selectFrom('reconciliations')
    .selectAll()
    .where('night', 'is not', null)
    .execute();
  expect(nights.map(({ night }) => night)).toEqual(['2026-07-02']);
});
