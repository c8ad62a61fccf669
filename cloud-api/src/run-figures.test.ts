import { afterAll, beforeAll, expect, test } from 'vitest';
import { billOf } from './billing/bill-of.ts';
import { findBillable, findRates } from './billing/find-billable.ts';
import { computeDrafts } from './billing/runs/compute-drafts.ts';
import { billingOn, june } from './test-billing.ts';
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

test('the figures of a run, summed by the database, are those of the bill made session by session', async () => {
  const { id, truck } = await billing.newProvider();
  const ends = ['2026-06-05T00:00:00Z', '2026-06-12T10:00:00Z', '2026-06-20T00:00:00Z'];
  for (const [index, validFrom] of ends.entries()) {
    const rate = { produce: 'orange', providerId: id, ratePerKgMinor: `${index + 1}.0005`, validFrom };
    await cloud.call('POST', '/api/billing/rates', {
      ...rate,
      validTo: ends[index + 1] ?? '2026-06-25T00:00:00Z',
    });
  }
  // At each boundary, a millisecond before, and here and there between.
  const instants = ends.flatMap((end) => [Date.parse(end) - 1, Date.parse(end)]);
  const between = Array.from(
    { length: 12 },
    () => june.fromMs + Math.floor(Math.random() * (june.toMs - june.fromMs)),
  );
  for (const atMs of [june.fromMs, ...instants, ...between, june.toMs - 1]) {
    const inKg = 9_000 + 20 * (1 + Math.floor(Math.random() * 1_000));
    await billing.deliver({ truck, inKg, weighedOutAt: new Date(atMs).toISOString() });
  }
  const { db } = billing;
  const [run] = await computeDrafts(db, june, [id], billing.parts);
  const sessions = await findBillable(db, june, id);
  const bill = billOf(id, sessions, await findRates(db, june, 'ILS', id), {
    currency: 'ILS',
    rounding: 'half_away',
    vat: 'not_charged',
  });
  if (bill.kind !== 'billed') throw new Error(JSON.stringify(bill));
  expect(sessions.length).toBe(20);
  expect(
    run?.figures.lines.map((line) => [line.rate.id, line.sessionCount, line.netG, line.amountMinor]),
  ).toEqual(
    bill.lines.map((line) => [line.rate.id, line.sessions.length, `${line.netG}`, `${line.amountMinor}`]),
  );
  expect(run?.figures.totals.totalMinor).toBe(String(bill.payableMinor));
});
