import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiveMessage } from './inbox/receive-message.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { openMaskedLog } from './masked-log.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

const lines: string[] = [];
const log = openMaskedLog('trace', { write: (line) => void lines.push(line) });
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud(undefined, log);
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const secret = 'canary-secret-7f3a';
const plate = 'CANARY-77';
const plateKey = 'CANARY77';
const phone = '+972 52-555-0142';
const taxId = '514-canary-209';
const name = 'Canary Orchards';
const canaries = [secret, plate, plateKey, phone, taxId, name, TEST_API_KEY];

test('neither secrets nor plates, telephone numbers, tax ids or names reach the log, whatever goes wrong', async () => {
  const { call } = cloud;
  const { body } = await call('POST', '/api/billing/providers', { name });
  const { id: providerId } = body as { id: number };
  await call('POST', '/api/billing/trucks', { id: plate, providerId });
  await call('POST', '/api/billing/trucks', { id: plate, providerId: taxId, phone, taxId });
  await call('GET', `/api/billing/trucks/${plate}?token=${secret}`);
  await call('GET', `/api/billing/trucks/${encodeURIComponent(phone)}`);
  await call('GET', `/nothing/${plate}/${taxId}`);
  await call('POST', '/api/billing/trucks', `{"id":"${plate}","phone":"${phone}"`);
  await call('GET', '/api/billing/trucks', undefined, { authorization: `Bearer ${secret}`, cookie: secret });
  await call('POST', '/api/fleet/operators', { name, role: 'weigher', pin: secret, sites: ['A'] });
  // The database quotes the row that it refuses.
  await cloud.database.pool.query(`alter table trucks add constraint no_canary check (id <> '${plate}-2')`);
  expect((await call('POST', '/api/billing/trucks', { id: `${plate}-2`, providerId })).status).toBe(500);

  const { opened, closed } = visitEntries({
    truck: plate,
    produce: 'orange',
    inKg: 15_000,
    outKg: 8_000,
    weighedOutAt: '2026-05-31T11:00:00.000Z',
  });
  const chain = new TestChain('canary-1');
  chain.add(closed);
  chain.add(opened);
  await cloud.ingest(chain);
  const parts = {
    ...testParts,
    log,
    db: cloud.database.db,
    apply: async () => ({ kind: 'applied' as const }),
  };
  for (const payload of [
    `${plate} is not JSON ${secret}`,
    JSON.stringify({ truck: plate, secret }),
    `{"x":"${taxId}`,
  ]) {
    await receiveMessage(
      { topic: 'wg/v1/d/canary-1/up', payload: Buffer.from(payload) },
      () => undefined,
      parts,
    );
  }
  log.warn({ truck: plate, body: { phone, taxId, password: secret, list: [{ plate }] } }, 'canary.flown');
  log.warn({ detail: `call ${phone} or Bearer ${secret}` }, 'canary.flown');

  const written = lines.join('');
  for (const said of [
    'http.answered',
    'http.failed',
    'entry.parked',
    'inbox.poison_discarded',
    'canary.flown',
  ]) {
    expect(written).toContain(said);
  }
  for (const canary of canaries) {
    expect(lines.filter((line) => line.toLowerCase().includes(canary.toLowerCase()))).toEqual([]);
  }
});

test('every line written while a request is answered carries its id', async () => {
  lines.length = 0;
  const headers = { 'x-request-id': 'canary-request-1' };
  await cloud.database.pool.query('alter table produce rename to produce_gone');
  await cloud.call('GET', '/api/billing/produce', undefined, headers);
  await cloud.database.pool.query('alter table produce_gone rename to produce');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ requestId: 'canary-request-1' });
});

test('metrics tell rate, errors and duration of each route, the pool, the inbox and the business; of plates nothing', async () => {
  await cloud.call('GET', `/api/billing/trucks/${plate}`);
  const loopback = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
  const isDown = async () => 'down';
  for (let count = 0; count < 5; count += 1) await cloud.circuits.call('mail', () => true, isDown);
  const answer = await cloud.app.request('/metrics', {}, loopback);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const route = 'method="GET",route="/api/billing/trucks/:id"';
  expect(text).toMatch(
    new RegExp(`weighgate_http_request_duration_seconds_count\\{${route},status="2xx"\\} \\d`),
  );
  expect(text).toContain(
    `weighgate_http_request_duration_seconds_count{method="GET",route="none",status="4xx"}`,
  );
  for (const figure of [
    'weighgate_postgres_waiting 0',
    'weighgate_inbox_connected 1',
    'weighgate_inbox_parked_entries 1',
    'weighgate_sessions_open 1',
    'weighgate_delivered_kilograms 0',
    'weighgate_inbox_entries_behind 0',
    'process_resident_memory_bytes ',
  ]) {
    expect(text).toContain(`\n${figure}`);
  }
  expect(text).not.toMatch(/canary/i);
  const stranger = { incoming: { socket: { remoteAddress: '203.0.113.5' } } };
  expect(text).toContain('weighgate_circuit_state{dependency="mail"} 2');
  expect((await cloud.app.request('/metrics', {}, stranger)).status).toBe(403);
});
