import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  type Batch,
  deviceTopic,
  downMessageSchema,
  journalClaimOf,
  readPayload,
  systemClock,
  traceIdOf,
} from '@weighgate/protocol';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Cloud, startCloud } from './cloud.ts';
import { readConfig } from './config.ts';
import { enrolTestDevice, type TestDevice } from './fleet/enrolment/test-device.ts';
import { TestChain, visitEntries } from './inbox/test-chain.ts';
import { listenOn } from './store/listen-on.ts';
import { makeTestFolder, startTestDatabase, testParts } from './store/test-database.ts';
import { startTestCollector } from './test-collector.ts';

const parts = { ...testParts, chance: () => 0 };

function signed(batch: Batch, sign: TestDevice['sign']): Batch {
  const rows = batch.rows.map((row) => ({ ...row, signature: sign(journalClaimOf(batch.incarnation, row)) }));
  return { ...batch, rows };
}

/** A device's journal over MQTT until the cloud has committed all of it. */
async function deliver(cloud: Cloud, chain: TestChain, { sign, ...tls }: TestDevice): Promise<void> {
  const { device } = chain;
  const client = await connectAsync(cloud.mqttUrl, {
    clientId: device,
    ...tls,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  let upTo = 0;
  client.on('message', (_, payload) => {
    const reading = readPayload(downMessageSchema, payload);
    if (reading.ok && reading.message.type === 'ack') upTo = reading.message.upTo;
  });
  await client.subscribeAsync(deviceTopic(device, 'down'), { qos: 1 });
  for (let waitedMs = 0; upTo < chain.rows.length; waitedMs += 200) {
    if (waitedMs > 8_000) throw new Error('no acknowledgement');
    await client.publishAsync(deviceTopic(device, 'up'), JSON.stringify(signed(chain.batch(), sign)), {
      qos: 1,
    });
    await systemClock.sleep(200);
  }
  await client.endAsync();
}

/** The first reading of a device that greets and is watched. */
async function watchOnce(cloud: Cloud, chain: TestChain, { sign: _, ...tls }: TestDevice): Promise<string> {
  const { device } = chain;
  const options = { clientId: device, ...tls, protocolVersion: 4, reconnectPeriod: 0 } as const;
  const client = await connectAsync(cloud.mqttUrl, options);
  await client.publishAsync(deviceTopic(device, 'up'), JSON.stringify(chain.hello()), { qos: 1 });
  const over = new AbortController();
  const headers = { authorization: `Bearer ${cloud.apiKey}` };
  const ask = () => fetch(`${cloud.url}/api/fleet/devices/${device}/live`, { headers, signal: over.signal });
  let answer = await ask();
  for (let tries = 0; answer.status !== 200 && tries < 40; tries += 1) {
    await answer.body?.cancel();
    await systemClock.sleep(100);
    answer = await ask();
  }
  expect(answer.status).toBe(200);
  const reading = { v: 1, device, count: 1, wallMs: systemClock.now(), scales: [] };
  await client.publishAsync(deviceTopic(device, 'live'), JSON.stringify(reading), { qos: 0 });
  const first = await answer.body?.pipeThrough(new TextDecoderStream()).getReader().read();
  over.abort();
  await client.endAsync();
  return first?.value ?? '';
}

async function get(cloud: Cloud, path: string, init: RequestInit = {}): Promise<unknown> {
  const headers = { authorization: `Bearer ${cloud.apiKey}`, 'content-type': 'application/json' };
  return (await fetch(cloud.url + path, { ...init, headers })).json();
}

/** Issues the bills of May 2026. */
async function issueMay(cloud: Cloud): Promise<void> {
  const call = (path: string, body: object, headers = {}) =>
    fetch(`${cloud.url}/api/billing${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cloud.apiKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const buyer = { validFrom: '2020-01-01T00:00:00Z', name: 'Buyer', taxId: '510000000', address: 'Hadera' };
  expect((await call('/buyer-details', buyer)).status).toBe(201);
  await call('/bill-runs', { from: '2026-05-01T00:00:00+03:00', to: '2026-06-01T00:00:00+03:00' });
  const drafts = z
    .looseObject({ items: z.array(z.looseObject({ id: z.string() })) })
    .parse(await get(cloud, '/api/billing/bill-runs'));
  for (const { id } of drafts.items) {
    const approved = await call(`/bill-runs/${id}/approve`, {}, { 'if-match': '*' });
    expect(await approved.json()).toMatchObject({ state: 'approved' });
    expect((await call(`/bill-runs/${id}/bill`, {}, { 'if-match': '*' })).status).toBe(201);
  }
}

test('what a device sends over MQTT is on the bill of its provider, over a restart, in one trace, and its live weight is seen', async () => {
  using folder = makeTestFolder();
  await using collector = await startTestCollector();
  const usual = readConfig(undefined, {}, { dataDir: folder.path, httpPort: '0', mqttPort: '0' });
  const config = { ...usual, traces: { otlpUrl: collector.url } };
  const chain = new TestChain();
  const { sessionId, opened, closed } = visitEntries({
    truck: '77-421-03',
    produce: 'orange',
    inKg: 15_000,
    outKg: 8_000,
    weighedOutAt: '2026-05-31T11:00:00.000Z',
  });
  chain.add(opened);
  chain.add(closed);
  const post = (cloud: Cloud, path: string, body: object) =>
    get(cloud, `/api/billing${path}`, { method: 'POST', body: JSON.stringify(body) });
  let tls: TestDevice;
  {
    await using cloud = await startCloud(config, parts);
    expect(cloud.databaseKind).toBe('embedded');
    await post(cloud, '/providers', { name: 'Orchard' });
    await post(cloud, '/trucks', { id: '77-421-03', providerId: 10001 });
    await post(cloud, '/produce', { id: 'orange' });
    await post(cloud, '/rates', { produce: 'orange', ratePerKgMinor: '93.5' });
    tls = await enrolTestDevice(cloud, chain.device);
    await deliver(cloud, chain, tls);
  }
  const traced = collector.spans.filter(({ traceId }) => traceId === traceIdOf(sessionId));
  expect(traced.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['weight.settle', 'journal.append', 'inbox.apply', 'ledger.post']),
  );
  await using scope = new AsyncDisposableStack();
  const again = scope.use(await startCloud(config, parts));
  expect(await get(again, '/api/billing/bill/10001?from=20260501000000&to=20260601000000')).toMatchObject({
    provider: { name: 'Orchard' },
    lines: [{ produce: 'orange', netKg: 7_000, sessions: [{ id: sessionId }] }],
    totalMinor: 654_500,
  });
  await deliver(again, chain, tls);
  expect(await get(again, '/api/weight/sessions')).toMatchObject({
    items: [{ id: sessionId, netKg: 7_000 }],
  });
  expect(await watchOnce(again, chain, tls)).toContain('"count":1');
  await issueMay(again);
  // The last spans are sent when the cloud stops.
  await scope.disposeAsync();
  const { traceId } = collector.spans.find(({ name }) => name === 'weight.settle') ?? {};
  expect(traceId).toBe(traceIdOf(sessionId));
  const ofBill = collector.spans.filter(({ name }) => name === 'bill.line');
  const ledger = collector.spans.find(({ name }) => name === 'ledger.post');
  expect(ofBill).toMatchObject([{ traceId, parentSpanId: ledger?.spanId }]);
}, 60_000);

test('a database and a broker of the house are used instead of our own', async () => {
  using folder = makeTestFolder();
  await using database = await startTestDatabase();
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => broker.handle(socket));
  const port = await listenOn(server, '127.0.0.1', 0, 'test');
  {
    const config = readConfig(
      undefined,
      { DATABASE_URL: database.url },
      { dataDir: folder.path, httpPort: '0' },
    );
    const mqtt = { url: `mqtt://127.0.0.1:${port}`, username: 'weighgate-cloud' };
    await using cloud = await startCloud({ ...config, mqtt }, parts);
    expect(cloud).toMatchObject({ databaseKind: 'external', mqttUrl: mqtt.url });
    await expect.poll(() => get(cloud, '/health/ready')).toMatchObject({ status: 'ready' });
    expect(existsSync(join(folder.path, 'postgres'))).toBe(false);
  }
  await new Promise<void>((done) => broker.close(done));
  await new Promise((done) => server.close(done));
}, 40_000);
