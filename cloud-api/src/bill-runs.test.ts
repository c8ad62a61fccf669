import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFrozenBill, readFrozenSessions } from './billing/read-frozen-bill.ts';
import { billingOn, july, june } from './test-billing.ts';
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

async function sessionsOf(billId: string) {
  const pages = await Array.fromAsync(readFrozenSessions(billing.db, billId));
  return pages.flat();
}

test('an approved run becomes a numbered bill with a frozen copy of all it was made from', async () => {
  const { id, truck } = await billing.newProvider('Orchard A');
  const first = await billing.deliver({
    truck,
    containersIn: ['C1'],
    containersOut: ['C1'],
    taresKg: { C1: 300 },
  });
  const second = await billing.deliver({ truck, weighedOutAt: '2026-06-11T08:00:00.000Z' });
  const bill = await billing.issue(id);
  expect(bill).toMatchObject({
    kind: 'proforma',
    numberText: 'PF-2026-000001',
    seller: { providerId: id, name: 'Orchard A' },
    buyer: { name: 'Gan Shmuel Foods' },
    lines: [{ no: 1, netG: '14000000', amountMinor: '1309000', sessionCount: 2, isLate: false }],
    totals: { netG: '14000000', netMinor: '1309000', vatMinor: '0', totalMinor: '1309000' },
    priorHash: '0'.repeat(64),
  });
  const sessions = await sessionsOf(bill.id);
  expect(sessions.map(({ session }) => session.id)).toEqual([first, second]);
  expect(sessions[0]?.session).toMatchObject({
    truck,
    netG: 7_000_000,
    first: { grossG: 15_000_000, containers: [{ id: 'C1', tareG: 300_000 }], entry: { seq: 1 } },
    second: { grossG: 8_000_000, entry: { seq: 2 } },
    marks: [],
  });
  const hashes = sessions.map(({ text }) => createHash('sha256').update(text).digest());
  const [line] = bill.lines;
  expect(line?.kind === 'produce' && line.sessionsHash).toBe(
    createHash('sha256').update(Buffer.concat(hashes)).digest('hex'),
  );
  expect(await readFrozenBill(billing.db, bill.id)).toMatchObject({ bill });
  expect(await billing.runOf(id)).toMatchObject({ state: 'issued', bill_id: bill.id });
});

test('bills of a series are numbered without a gap, and each holds the hash of the one before', async () => {
  const bills = [];
  for (let i = 0; i < 3; i += 1) {
    const { id, truck } = await billing.newProvider();
    await billing.deliver({ truck });
    bills.push(await billing.issue(id));
  }
  const stored = await billing.db
    .selectFrom('bills')
    .select(['number', 'hash', 'prior_hash'])
    .where('series', '=', 'PF')
    .orderBy('number')
    .execute();
  expect(stored.map(({ number }) => number)).toEqual(stored.map((_, index) => index + 1));
  for (const [index, { prior_hash }] of stored.entries()) {
    expect(prior_hash).toBe(stored[index - 1]?.hash ?? '0'.repeat(64));
  }
});

test('what came in for a billed period stands on the next bill as a late line with its real date', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  await billing.issue(id);
  const late = await billing.deliver({ truck, weighedOutAt: '2026-06-20T08:00:00.000Z' });
  const inTime = await billing.deliver({ truck, weighedOutAt: '2026-07-05T08:00:00.000Z' });
  const bill = await billing.issue(id, july);
  expect(bill.lines).toMatchObject([
    { isLate: false, netG: '7000000' },
    { isLate: true, netG: '7000000' },
  ]);
  const sessions = await sessionsOf(bill.id);
  expect(sessions.map(({ session, lineNo }) => [session.id, lineNo, session.weighedOutAt])).toEqual([
    [inTime, 1, '2026-07-05T08:00:00.000Z'],
    [late, 2, '2026-06-20T08:00:00.000Z'],
  ]);
});

test('what would be billed is what was approved: a delivery that came in between makes it a draft again', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  const { runId } = await billing.approve(id);
  await billing.deliver({ truck, weighedOutAt: '2026-06-12T08:00:00.000Z' });
  expect(await billing.issueOf(runId)).toMatchObject({ kind: 'changed' });
  expect(await billing.runOf(id)).toMatchObject({ state: 'draft', bill_id: null, approved_by: null });
  expect(await billing.issue(id)).toMatchObject({ totals: { netG: '14000000' } });
});

test('what blocks a run is counted by reason and keeps it from being approved', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  await billing.deliver({ truck, produce: 'quince' });
  await billing.deliver({ truck, containersIn: ['C99'] });
  const { runId, approved } = await billing.approve(id);
  expect(approved).toEqual({ kind: 'blocked', blockedCount: 2 });
  expect(JSON.parse((await billing.runOf(id)).figures)).toMatchObject({
    lines: [],
    blocked: [
      { reason: 'pending_net', produce: 'orange', sessionCount: 1 },
      { reason: 'no_rate', produce: 'quince', sessionCount: 1 },
    ],
  });
  expect(await billing.issueOf(runId)).toEqual({ kind: 'wrong_state', state: 'draft' });
});

test('a run is made once for a provider and a period, however often and by however many at once', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  await Promise.all(Array.from({ length: 6 }, () => billing.draft(id)));
  const { runId } = await billing.approve(id);
  const issues = await Promise.all(Array.from({ length: 6 }, () => billing.issueOf(runId)));
  expect(issues.map(({ kind }) => kind).sort()).toEqual(['issued', ...Array(5).fill('wrong_state')]);
  const half = { fromMs: june.fromMs, toMs: june.toMs - 86_400_000 };
  expect(await billing.draft(id, half)).toEqual({ drafts: 0, blocked: 0, kept: 0, overlapping: 0 });
  const { id: other, truck: itsTruck } = await billing.newProvider();
  await billing.deliver({ truck: itsTruck });
  await billing.draft(other);
  expect(await billing.draft(other, half)).toMatchObject({ drafts: 0, overlapping: 1 });
});

test('an issued bill is changed by nobody: not its row, its lines, nor its sessions', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  const bill = await billing.issue(id);
  const { pool } = cloud.database;
  for (const statement of [
    `update bills set total_minor = 1, net_minor = 1 where id = '${bill.id}'`,
    `delete from bills where id = '${bill.id}'`,
    `truncate bills cascade`,
    `update bill_lines set amount_minor = 1 where bill_id = '${bill.id}'`,
    `delete from bill_lines where bill_id = '${bill.id}'`,
    `update bill_sessions set net_g = 1 where bill_id = '${bill.id}'`,
    `update bill_sessions set reversed_by = bill_id, net_g = 1 where bill_id = '${bill.id}'`,
    `delete from bill_sessions where bill_id = '${bill.id}'`,
    `update bill_series set last_number = last_number - 1`,
    `update bill_series set last_number = last_number + 2`,
    `delete from bill_series`,
  ]) {
    await expect(pool.query(statement), statement).rejects.toThrow(/append-only|never changed|one by one/);
  }
  await expect(
    pool.query(
      `insert into bills select gen_random_uuid(), null, 'credit_note', id, provider_id, series, year, number + 5, 'X', issued_at,
       currency, net_minor, vat_minor, total_minor, frozen_text, prior_hash, 'x' from bills where id = '${bill.id}'`,
    ),
  ).rejects.toThrow(/not the next of its series/);
});

test('the role that the program works as may neither change nor delete what was issued, nor switch a trigger off', async () => {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  const bill = await billing.issue(id);
  const client = await cloud.database.pool.connect();
  try {
    await client.query('set role weighgate_app');
    for (const statement of [
      'update bills set total_minor = total_minor',
      'delete from bills',
      'truncate bills cascade',
      'update bill_lines set amount_minor = amount_minor',
      'update bill_sessions set net_g = net_g',
      'delete from bill_sessions',
      'delete from bill_series',
      'update ledger_entries set net_g = net_g',
      'alter table bills disable trigger all',
      'drop trigger bills_append_only on bills',
      "set session_replication_role = 'replica'",
    ]) {
      await expect(client.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
    }
    const found = await client.query('select id from bills where id = $1', [bill.id]);
    expect(found.rowCount).toBe(1);
  } finally {
    client.release(true);
  }
});
