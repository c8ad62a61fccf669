import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendDue } from './outbound/outbound-worker.ts';
import { queueEvent, queueMail } from './outbound/queue-message.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const endpoint = { url: 'https://hooks.example.com/weighgate', eventTypes: ['bill.issued'] };
const register = (body: unknown, headers = {}) => cloud.call('POST', '/api/outbound/webhooks', body, headers);
const sendAll = (outcome: 'sent' | 'failed') =>
  sendDue({
    ...testParts,
    db: cloud.database.db,
    chance: () => 0,
    channels: {
      mail: async () => ({ outcome, status: null, detail: outcome, ended: true }),
      webhook: async () => ({ outcome, status: 500, detail: outcome, ended: true }),
    },
  });

test('an endpoint is registered once for each key, its secret read by who may write, and ended', async () => {
  const made = await register(endpoint, { 'idempotency-key': 'k1' });
  expect(made).toMatchObject({ status: 201, body: { ...endpoint, endedAt: null } });
  expect((await register(endpoint, { 'idempotency-key': 'k1' })).body).toEqual(made.body);
  const { id } = made.body as { id: string };
  expect((await cloud.call('GET', `/api/outbound/webhooks/${id}/secret`)).body).toEqual({
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
  });
  const stored = await cloud.database.db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .executeTakeFirstOrThrow();
  expect(JSON.stringify(stored)).not.toContain('whsec_');
  expect(await cloud.call('POST', `/api/outbound/webhooks/${id}/end`)).toMatchObject({
    status: 200,
    body: { endedAt: expect.any(String) },
  });
  expect((await cloud.call('POST', `/api/outbound/webhooks/${id}/end`)).status).toBe(404);
});

test.each([
  'http://hooks.example.com/',
  'https://127.0.0.1/',
  'https://[::1]/',
  'https://0x7f000001/',
  'https://169.254.169.254/latest',
  'https://localhost/',
  'https://hooks.example.com:22/',
  'file:///etc/passwd',
  'gopher://x.example.com',
])('an endpoint at %s is refused when it is registered', async (url) => {
  expect(await register({ ...endpoint, url })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'url' }] },
  });
});

test('an endpoint names types that there are, each once', async () => {
  for (const eventTypes of [[], ['bill.eaten'], ['bill.issued', 'bill.issued']]) {
    expect((await register({ ...endpoint, eventTypes })).status).toBe(422);
  }
});

test('a webhook that failed is listed with its attempts and sent again under its id; a mail that was sent is not', async () => {
  const { db } = cloud.database;
  const { id: receiver } = (await register(endpoint)).body as { id: string };
  await db
    .transaction()
    .execute((trx) =>
      queueEvent(trx, { type: 'bill.issued', cause: 'b1', data: { billId: 'b1' } }, testParts),
    );
  await sendAll('failed');
  const listed = await cloud.call('GET', '/api/outbound/messages?state=failed&channel=webhook');
  expect(listed.body).toMatchObject({ items: [{ receiver, cause: 'bill.issued b1', lastDetail: 'failed' }] });
  const [{ id = '' } = {}] = (listed.body as { items: { id: string }[] }).items;

  expect(await cloud.call('POST', `/api/outbound/messages/${id}/replay`)).toMatchObject({
    status: 202,
    body: { id, state: 'waiting' },
  });
  expect((await cloud.call('POST', `/api/outbound/messages/${id}/replay`)).status).toBe(409);
  await sendAll('sent');
  expect(await cloud.call('GET', `/api/outbound/messages/${id}`)).toMatchObject({
    body: {
      state: 'sent',
      attempts: 2,
      body: expect.stringContaining('"billId":"b1"'),
      log: [
        { number: 1, outcome: 'failed', status: 500 },
        { number: 2, outcome: 'sent' },
      ],
    },
  });
  expect((await cloud.call('POST', `/api/outbound/messages/${id}/replay`)).status).toBe(202);
  await sendAll('sent');

  const mail = { to: 'farm@example.com', subject: 'Bill 1', text: 'a secret link', attachments: [] };
  await db.transaction().execute((trx) => queueMail(trx, 'm1', mail, testParts));
  await sendAll('sent');
  const mails = (await cloud.call('GET', '/api/outbound/messages?channel=mail')).body as {
    items: { id: string }[];
  };
  const mailId = mails.items[0]?.id ?? '';
  const shown = await cloud.call('GET', `/api/outbound/messages/${mailId}`);
  expect(shown.body).toMatchObject({ subject: 'Bill 1', body: null });
  expect(JSON.stringify(shown.body)).not.toContain('secret link');
  expect((await cloud.call('POST', `/api/outbound/messages/${mailId}/replay`)).status).toBe(409);
});
