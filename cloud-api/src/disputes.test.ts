import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { theCloud } from './audit/record-change.ts';
import type { EvidencePack } from './billing/explain/evidence-pack.ts';
import { verifyPack } from './billing/explain/verify-pack.ts';
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

async function issuedBill() {
  const { id, truck } = await billing.newProvider();
  await billing.deliver({ truck });
  return billing.issue(id);
}

async function keyOf(providerId: number) {
  const { body } = await cloud.call('POST', '/api/auth/keys', {
    name: `provider ${providerId}`,
    permissions: ['bills.read', 'disputes.open'],
    providerId,
    expiresAt: '2026-12-31T00:00:00.000Z',
  });
  return (body as { key: string }).key;
}

const open = (body: object, key = TEST_API_KEY, more = {}) =>
  cloud.call('POST', '/api/billing/disputes', body, { authorization: `Bearer ${key}`, ...more });
const decide = (id: string, what: 'answer' | 'resolution', body: object, etag = '*') =>
  cloud.call('PUT', `/api/billing/disputes/${id}/${what}`, body, { 'if-match': etag });

test('a provider disputes a line of an own bill, its evidence is kept, and staff answers and upholds it', async () => {
  const bill = await issuedBill();
  const key = await keyOf(bill.seller.providerId);
  const wish = { billId: bill.id, lineNo: 1, reason: 'We weighed 7.2 t ourselves.' };
  const opened = await open(wish, key, { 'idempotency-key': 'd1' });
  expect(opened.status).toBe(201);
  const { id } = opened.body as { id: string };
  expect((await open(wish, key, { 'idempotency-key': 'd1' })).body).toEqual({ id });
  expect(await open(wish, key)).toMatchObject({ status: 409 });

  const read = () =>
    cloud.call('GET', `/api/billing/disputes/${id}`, undefined, { authorization: `Bearer ${key}` });
  const shown = await read();
  expect(shown).toMatchObject({
    body: {
      state: 'open',
      billId: bill.id,
      lineNo: 1,
      steps: [
        {
          kind: 'opened',
          said: wish.reason,
          by: `provider ${bill.seller.providerId}`,
          at: expect.any(String),
        },
      ],
    },
  });
  const { evidenceHash } = shown.body as { evidenceHash: string };
  const { body: evidence } = await cloud.call('GET', `/api/billing/disputes/${id}/evidence`);
  expect(createHash('sha256').update(String(evidence)).digest('hex')).toBe(evidenceHash);
  expect(verifyPack(JSON.parse(String(evidence)), { takesUnsigned: true }).kind).toBe('sound');

  const etag = shown.headers.get('etag') ?? '';
  expect(await decide(id, 'answer', { said: 'See the frames.' }, etag)).toMatchObject({
    status: 200,
    body: { state: 'answered' },
  });
  expect((await decide(id, 'answer', { said: 'Again.' }, etag)).status).toBe(412);
  expect((await decide(id, 'answer', { said: 'Again.' })).status).toBe(409);
  expect(await decide(id, 'resolution', { outcome: 'upheld', said: 'The scale was checked.' })).toMatchObject(
    {
      body: { state: 'resolved' },
    },
  );
  expect((await decide(id, 'resolution', { outcome: 'upheld', said: 'x' })).status).toBe(409);
  expect(await read()).toMatchObject({
    body: { steps: [{ kind: 'opened' }, { kind: 'answered' }, { kind: 'resolved', outcome: 'upheld' }] },
  });
  expect((await open(wish, key)).status).toBe(201);
});

test('a dispute is credited by a credit note of its own bill and by no other', async () => {
  const [bill, other] = [await issuedBill(), await issuedBill()];
  const { id } = (await open({ billId: bill.id, lineNo: 1, reason: 'Weighed twice.' })).body as {
    id: string;
  };
  const credited = (creditNoteId: string) =>
    decide(id, 'resolution', { outcome: 'credited', said: 'Agreed.', creditNoteId });
  expect((await credited(other.id)).status).toBe(422);
  expect((await credited(bill.id)).status).toBe(422);
  expect((await cloud.call('GET', `/api/billing/disputes/${id}`)).body).toMatchObject({ state: 'open' });
  const order = { billId: bill.id, reason: 'weighed twice', lines: undefined, by: theCloud };
  const note = await creditBill(order, billing.db, billing.parts);
  if (note.kind !== 'credited') throw new Error(note.kind);
  expect(await credited(note.bill.id)).toMatchObject({
    status: 200,
    body: { state: 'resolved', steps: [{}, { outcome: 'credited', creditNoteId: note.bill.id }] },
  });
  const shown = await cloud.call('GET', `/api/billing/bills/${note.bill.id}/document?format=pdf`);
  expect(shown.status).toBe(200);
  const pack = (await cloud.call('GET', `/api/billing/bills/${note.bill.id}/evidence`)).body;
  expect(verifyPack(pack as EvidencePack, { takesUnsigned: true }).kind).toBe('sound');
});

test('another provider’s bill cannot be disputed, nor its disputes seen', async () => {
  const [own, other] = [await issuedBill(), await issuedBill()];
  const key = await keyOf(own.seller.providerId);
  expect((await open({ billId: other.id, lineNo: 1, reason: 'x' }, key)).status).toBe(404);
  expect((await open({ billId: own.id, lineNo: 7, reason: 'x' }, key)).status).toBe(404);
  const { id } = (await open({ billId: other.id, lineNo: 1, reason: 'theirs' })).body as { id: string };
  const headers = { authorization: `Bearer ${key}` };
  for (const path of [`/api/billing/disputes/${id}`, `/api/billing/disputes/${id}/evidence`]) {
    expect((await cloud.call('GET', path, undefined, headers)).status, path).toBe(404);
  }
  const listed = (await cloud.call('GET', '/api/billing/disputes', undefined, headers)).body as {
    items: object[];
  };
  expect(listed.items).toEqual([]);
});

test('what was disputed and said is never changed', async () => {
  const { db } = billing;
  await expect(sql`update dispute_steps set said = 'x'`.execute(db)).rejects.toThrow('append-only');
  await expect(
    sql`update disputes set evidence = null, evidence_hash = null, version = version + 1`.execute(db),
  ).rejects.toThrow('never changes');
  await expect(sql`delete from disputes`.execute(db)).rejects.toThrow('append-only');
});
