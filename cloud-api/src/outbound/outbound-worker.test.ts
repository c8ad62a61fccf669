import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { mailChannel, webhookChannel } from './channels.ts';
import type { Mail } from './mail.ts';
import { type OutboundParts, type SendMessage, sendDue } from './outbound-worker.ts';
import { queueEvent, queueMail } from './queue-message.ts';
import { MAX_ATTEMPTS } from './retry-rule.ts';
import type { SecretSeal } from './secret-seal.ts';
import { simulatedMail } from './simulated-mail.ts';
import { webhookHeadersOf } from './webhook-signature.ts';

let database: Awaited<ReturnType<typeof startTestDatabase>>;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

let nowMs = Date.parse('2026-06-15T09:00:00Z');
const clock = { ...testParts.clock, now: () => nowMs };
const parts = { ...testParts, clock };
const HOUR_MS = 3_600_000;
const mail: Mail = { to: 'farm@example.com', subject: 'Bill', text: 'x', attachments: [] };
const seal: SecretSeal = { close: (secret) => secret, open: (sealed) => sealed };

const failing: SendMessage = async () => ({ outcome: 'failed', status: 451, detail: 'later' });
const partsWith = (channels: Partial<OutboundParts['channels']>): OutboundParts => ({
  ...parts,
  db: database.db,
  chance: () => 0.5,
  channels: { mail: failing, webhook: failing, ...channels },
});
const queue = (cause: string, to = mail.to) =>
  database.db.transaction().execute((trx) => queueMail(trx, cause, { ...mail, to }, parts));
const messageOf = (cause: string) =>
  database.db
    .selectFrom('outbound_messages')
    .selectAll()
    .where('cause', '=', cause)
    .executeTakeFirstOrThrow();

test('a mail is sent once for its cause and receiver, however often it is queued and looked for', async () => {
  const sender = simulatedMail();
  const worker = partsWith({ mail: mailChannel(sender) });
  expect(await queue('once')).toBe(true);
  expect(await queue('once')).toBe(false);
  await Promise.all([sendDue(worker), sendDue(worker), sendDue(worker)]);
  await sendDue(worker);
  expect(sender.sent.map(({ mail: { to } }) => to)).toEqual(['farm@example.com']);
  expect(await messageOf('once')).toMatchObject({ state: 'sent', attempts: 1 });
});

test('a mail whose cause is rolled back is never sent', async () => {
  const undone = database.db.transaction().execute(async (trx) => {
    await queueMail(trx, 'undone', mail, parts);
    throw new Error('rolled back');
  });
  await expect(undone).rejects.toThrow('rolled back');
  const sender = simulatedMail();
  await sendDue(partsWith({ mail: mailChannel(sender) }));
  expect(sender.sent).toEqual([]);
});

test('what fails is tried again with growing pauses, every attempt written down, and is given up visibly', async () => {
  await queue('failing');
  const worker = partsWith({});
  const tries: number[] = [];
  for (let next = await messageOf('failing'); next.state === 'waiting'; next = await messageOf('failing')) {
    // A moment too early, and then in time.
    nowMs = Math.max(nowMs, next.next_attempt_at.getTime() - 1);
    if (tries.length > 0) expect(await sendDue(worker)).toBe(0);
    nowMs += 1;
    if ((await sendDue(worker)) > 0) tries.push(nowMs);
  }
  expect(tries).toHaveLength(MAX_ATTEMPTS);
  const message = await messageOf('failing');
  expect(message).toMatchObject({ state: 'failed', attempts: MAX_ATTEMPTS, last_detail: 'later' });
  const attempts = await database.db
    .selectFrom('outbound_attempts')
    .selectAll()
    .where('message_id', '=', message.message_id)
    .orderBy('number')
    .execute();
  expect(attempts.map(({ number, status }) => [number, status])).toEqual(
    Array.from({ length: MAX_ATTEMPTS }, (_, i) => [i + 1, 451]),
  );
  const pauses = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
  expect(pauses.toSorted((a, b) => a - b)).toEqual(pauses);
}, 30_000);

test('a sender that died is followed by another once its time is over, and after the last attempt it is given up', async () => {
  await queue('died');
  const dying = partsWith({
    mail: async () => {
      throw new Error('killed');
    },
  });
  await expect(sendDue(dying)).rejects.toThrow('killed');
  const sender = simulatedMail();
  const worker = partsWith({ mail: mailChannel(sender) });
  expect(await sendDue(worker)).toBe(0);
  nowMs += HOUR_MS;
  expect(await sendDue(worker)).toBe(1);
  expect(sender.sent).toHaveLength(1);

  await queue('died at last');
  await database.db
    .updateTable('outbound_messages')
    .set({ attempts_left: 1 })
    .where('cause', '=', 'died at last')
    .execute();
  await expect(sendDue(dying)).rejects.toThrow('killed');
  nowMs += HOUR_MS;
  await sendDue(worker);
  expect(sender.sent).toHaveLength(1);
  expect(await messageOf('died at last')).toMatchObject({
    state: 'failed',
    last_detail: expect.stringContaining('may or may not have arrived'),
  });
});

test('a receiver that hangs holds up nobody else', async () => {
  for (let i = 0; i < 20; i += 1) await queue(`many ${i}`, 'busy@example.com');
  await queue('other', 'other@example.com');
  const receivers: string[] = [];
  const worker = partsWith({
    mail: async ({ receiver }) => {
      receivers.push(receiver);
      return { outcome: 'sent', status: null, detail: '' };
    },
  });
  await sendDue(worker);
  expect(receivers.toSorted()).toEqual(['busy@example.com', 'other@example.com']);
  while ((await sendDue(worker)) > 0);
  expect(receivers).toHaveLength(21);
});

test('what was queued is never changed, and no attempt is taken back', async () => {
  const { db } = database;
  await queue('kept');
  await expect(
    db.updateTable('outbound_messages').set({ content: '{}' }).where('cause', '=', 'kept').execute(),
  ).rejects.toThrow('never changes');
  await expect(db.deleteFrom('outbound_messages').where('cause', '=', 'kept').execute()).rejects.toThrow(
    'append-only',
  );
  await expect(db.updateTable('outbound_attempts').set({ detail: '' }).execute()).rejects.toThrow(
    'append-only',
  );
});

test('an event goes signed to every endpoint that asked for its type, with one id at every attempt', async () => {
  const { db } = database;
  const seen: { headers: Record<string, unknown>; body: string }[] = [];
  let status = 500;
  const server = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const endpoint = (event_types: string[], ended_at: string | null = null) => ({
    endpoint_id: parts.makeId(),
    url: `http://127.0.0.1:${port}/hook`,
    event_types,
    sealed_secret: secret,
    created_at: new Date(nowMs).toISOString(),
    created_by: 'test',
    ended_at,
    ended_by: ended_at === null ? null : 'test',
  });
  await db
    .insertInto('webhook_endpoints')
    .values([
      endpoint(['bill.issued']),
      endpoint(['dispute.opened']),
      endpoint(['bill.issued'], new Date(nowMs).toISOString()),
    ])
    .execute();
  const event = { type: 'bill.issued', cause: 'b1', data: { billId: 'b1', totalMinor: '654500' } } as const;
  expect(await db.transaction().execute((trx) => queueEvent(trx, event, parts))).toBe(1);
  expect(await db.transaction().execute((trx) => queueEvent(trx, event, parts))).toBe(0);

  const worker = partsWith({
    mail: async () => ({ outcome: 'sent', status: null, detail: '' }),
    webhook: webhookChannel({
      ...parts,
      db,
      seal,
      allowed: [`127.0.0.1:${port}`],
      resolve: async () => [],
    }),
  });
  await sendDue(worker);
  status = 204;
  nowMs += HOUR_MS;
  await sendDue(worker);
  server.close();

  expect(seen).toHaveLength(2);
  const [first, second] = seen;
  expect(JSON.parse(first?.body ?? '')).toEqual({
    type: 'bill.issued',
    timestamp: expect.any(String),
    data: { billId: 'b1', totalMinor: '654500' },
  });
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  for (const { headers, body } of seen) {
    const timestampS = Number(headers['webhook-timestamp']);
    expect(headers).toMatchObject(
      webhookHeadersOf({ id: String(headers['webhook-id']), timestampS, body }, secret),
    );
  }
});

test('a webhook to an address inside is an attempt that failed, with the reason', async () => {
  const { db } = database;
  const endpointId = parts.makeId();
  const at = new Date(nowMs).toISOString();
  await db
    .insertInto('webhook_endpoints')
    .values({
      endpoint_id: endpointId,
      url: 'https://hooks.example.com/',
      event_types: ['payment.recorded'],
      sealed_secret: 'whsec_AAAA',
      created_at: at,
      created_by: 'test',
    })
    .execute();
  await db
    .transaction()
    .execute((trx) => queueEvent(trx, { type: 'payment.recorded', cause: 'b2', data: {} }, parts));
  await sendDue(
    partsWith({
      webhook: webhookChannel({ ...parts, db, seal, allowed: [], resolve: async () => ['169.254.169.254'] }),
    }),
  );
  expect(await messageOf('payment.recorded b2')).toMatchObject({
    state: 'waiting',
    last_detail: 'hooks.example.com stands for 169.254.169.254, which is no public address',
  });
});
