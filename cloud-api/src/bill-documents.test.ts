import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { theCloud } from './audit/record-change.ts';
import { frozenSessionSchema } from './billing/frozen-bill.ts';
import { readFrozenBill } from './billing/read-frozen-bill.ts';
import { creditBill } from './billing/runs/credit-bill.ts';
import { billingOn } from './test-billing.ts';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

const now = Date.parse('2026-07-02T09:00:00Z');
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let billing: ReturnType<typeof billingOn>;
beforeAll(async () => {
  cloud = await startTestCloud(now);
  billing = billingOn(cloud, now);
  await billing.prepare();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

async function issuedBill(name: string) {
  const { id, truck } = await billing.newProvider(name);
  await billing.deliver({ truck, containersIn: ['C1'], taresKg: { C1: 150 } });
  await billing.deliver({ truck, weighedOutAt: '2026-06-11T08:00:00.000Z' });
  return billing.issue(id);
}

async function bytesOf(billId: string, query: string, key = TEST_API_KEY) {
  const answer = await cloud.app.request(`/api/billing/bills/${billId}/document?${query}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

test('every format of a bill is the same bytes whenever it is asked for', async () => {
  const bill = await issuedBill('Orchard Documents');
  for (const query of [
    'format=pdf&language=en',
    'format=pdf&language=he',
    'format=pdf&language=ar',
    'format=json',
    'format=lines.csv',
    'format=deliveries.csv',
    'format=xlsx',
  ]) {
    const [first, second] = [await bytesOf(bill.id, query), await bytesOf(bill.id, query)];
    expect(first.status, query).toBe(200);
    expect(first.headers.get('content-disposition')).toContain(bill.numberText);
    expect(first.bytes.length).toBeGreaterThan(100);
    expect(second.bytes.equals(first.bytes), query).toBe(true);
  }
}, 60_000);

test('a PDF that was drawn is kept: not even the database’s owner changes it', async () => {
  const { db } = cloud.database;
  await expect(
    db
      .updateTable('bill_documents')
      .set({ content: Buffer.from('%PDF-other') })
      .execute(),
  ).rejects.toThrow('append-only');
  await expect(db.deleteFrom('bill_documents').execute()).rejects.toThrow('append-only');
});

test('the JSON holds the texts as they were hashed, so anybody can hash them again', async () => {
  const bill = await issuedBill('Orchard JSON');
  const { bytes } = await bytesOf(bill.id, 'format=json');
  const stored = await readFrozenBill(billing.db, bill.id);
  const text = bytes.toString();
  expect(text).toContain(`"bill":${stored?.text},"sessions":[`);
  const { hash, sessions } = JSON.parse(text) as { hash: string; sessions: { session: unknown }[] };
  expect(
    createHash('sha256')
      .update(stored?.text ?? '')
      .digest('hex'),
  ).toBe(hash);
  expect(sessions.map(({ session }) => frozenSessionSchema.parse(session).netG)).toEqual([
    6_850_000, 7_000_000,
  ]);
});

test('a bill is mailed once to an address in a language, with its PDF', async () => {
  const bill = await issuedBill('Orchard Mail');
  const send = (language: string) =>
    cloud.call('POST', `/api/billing/bills/${bill.id}/mail`, { to: 'farm@example.com', language });
  expect(await send('he')).toMatchObject({ status: 202, body: { isNew: true } });
  expect(await send('he')).toMatchObject({ status: 202, body: { isNew: false } });
  expect(await send('ar')).toMatchObject({ status: 202, body: { isNew: true } });
  const row = await billing.db
    .selectFrom('outbound_messages')
    .select('content')
    .where('cause', '=', `bill.mailed ${bill.id} he`)
    .executeTakeFirstOrThrow();
  const mail = JSON.parse(row.content) as { subject: string; attachments: { base64: string }[] };
  expect(mail.subject).toContain(bill.numberText);
  const { bytes } = await bytesOf(bill.id, 'format=pdf&language=he');
  expect(mail.attachments[0]?.base64).toBe(bytes.toString('base64'));
}, 60_000);

test('who asked for it is told of an issued bill and of its credit note, in the transaction that makes them', async () => {
  await cloud.call('POST', '/api/outbound/webhooks', {
    url: 'https://hooks.example.com/',
    eventTypes: ['bill.issued', 'bill.credited'],
  });
  const bill = await issuedBill('Orchard Told');
  const order = { billId: bill.id, reason: 'wrong', lines: undefined, by: theCloud };
  const note = await creditBill(order, billing.db, billing.parts);
  const told = await billing.db
    .selectFrom('outbound_messages')
    .select(['cause', 'content'])
    .where('channel', '=', 'webhook')
    .orderBy('message_id')
    .execute();
  expect(told.map(({ cause, content }) => [cause, (JSON.parse(content) as { data: object }).data])).toEqual([
    [
      `bill.issued ${bill.id}`,
      expect.objectContaining({ numberText: bill.numberText, totalMinor: bill.totals.totalMinor }),
    ],
    [
      expect.stringMatching(/^bill\.credited /),
      expect.objectContaining({
        correctsBillId: bill.id,
        numberText: note.kind === 'credited' && note.bill.numberText,
      }),
    ],
  ]);
});

test('a provider gets the documents of their own bills, and another’s are not there', async () => {
  const own = await issuedBill('Orchard Own');
  const other = await issuedBill('Orchard Other');
  const made = await cloud.call('POST', '/api/auth/keys', {
    name: 'own',
    permissions: ['bills.read'],
    providerId: own.seller.providerId,
    expiresAt: '2026-12-31T00:00:00.000Z',
  });
  const { key } = made.body as { key: string };
  expect((await bytesOf(own.id, 'format=lines.csv', key)).status).toBe(200);
  expect((await bytesOf(other.id, 'format=lines.csv', key)).status).toBe(404);
  expect((await bytesOf('018f0000-0000-7000-8000-000000000001', 'format=json')).status).toBe(404);
});
