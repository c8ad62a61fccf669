import { createServer } from 'node:net';
import {
  type DownMessage,
  deviceTopic,
  downMessageSchema,
  hostStateTopic,
  MAX_MESSAGE_BYTES,
  readPayload,
  systemClock,
} from '@weighgate/protocol';
import { Aedes } from 'aedes';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admissionGate } from '../fleet/enrolment/admission-gate.ts';
import { type OpenDatabase, openDatabase } from '../store/database.ts';
import { listenOn } from '../store/listen-on.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { startMqttInbox } from './mqtt-inbox.ts';
import { startTestBroker } from './test-broker.ts';
import { TestChain } from './test-chain.ts';

let database: OpenDatabase & { url: string };

beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const inboxParts = (db = database.db) => ({
  ...testParts,
  db,
  chance: () => 0,
  apply: async () => ({ kind: 'applied' as const }),
});

async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 8_000): Promise<void> {
  const deadline = systemClock.monotonicMs() + timeoutMs;
  while (!(await holds())) {
    if (systemClock.monotonicMs() > deadline) throw new Error('waited too long');
    await systemClock.sleep(10);
  }
}

function chainOf(device: string, entries: number): TestChain {
  const chain = new TestChain(device);
  for (let i = 0; i < entries; i += 1) {
    chain.add({ kind: 'container_tare.set', body: { container: `C${i}`, tareG: 1000, previousTareG: null } });
  }
  return chain;
}

/** A device as far as MQTT goes: what it hears, in order. */
async function connectDevice(
  broker: { url: string; clientOptions?: (device: string) => Promise<IClientOptions> },
  device: string,
) {
  const byName: IClientOptions = { clientId: device, protocolVersion: 4, reconnectPeriod: 0 };
  const client = await connectAsync(broker.url, (await broker.clientOptions?.(device)) ?? byName);
  const heard: DownMessage[] = [];
  const hostStates: boolean[] = [];
  client.on('message', (topic, payload) => {
    if (topic === hostStateTopic)
      hostStates.push((JSON.parse(payload.toString()) as { online: boolean }).online);
    const reading = readPayload(downMessageSchema, payload);
    if (reading.ok) heard.push(reading.message);
  });
  await client.subscribeAsync([deviceTopic(device, 'down'), hostStateTopic], { qos: 1 });
  return { client, heard, hostStates, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

const send = (client: MqttClient, device: string, message: unknown) =>
  client.publishAsync(
    deviceTopic(device, 'up'),
    typeof message === 'string' ? message : JSON.stringify(message),
    { qos: 1 },
  );

async function startInboxOnBroker() {
  await using started = new AsyncDisposableStack();
  const broker = started.use(await startTestBroker());
  const inbox = startMqttInbox(await broker.hostLogin(), inboxParts());
  started.use(inbox);
  await until(inbox.isConnected);
  const running = started.move();
  return { broker, inbox, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

test('a device greets, sends its journal, and is told what is committed', async () => {
  await using house = await startInboxOnBroker();
  const chain = chainOf('gate-1', 3);
  await using device = await connectDevice(house.broker, 'gate-1');
  await send(device.client, 'gate-1', chain.hello());
  await until(() => device.heard.length === 1);
  await send(device.client, 'gate-1', chain.batch());
  await until(() => device.heard.length === 2);
  expect(device.heard).toMatchObject([
    { type: 'welcome', upTo: 0 },
    { type: 'ack', upTo: 3, hash: chain.headHash() },
  ]);
});

test('a payload that cannot be read is let go and the stream goes on', async () => {
  await using house = await startInboxOnBroker();
  const chain = chainOf('gate-2', 1);
  await using device = await connectDevice(house.broker, 'gate-2');
  for (const poison of ['', 'not JSON', '{"v":1}', '[]', JSON.stringify({ ...chain.hello(), extra: 1 })]) {
    await send(device.client, 'gate-2', poison);
  }
  await send(device.client, 'gate-2', ' '.repeat(MAX_MESSAGE_BYTES + 100));
  await send(device.client, 'gate-2', chain.batch());
  await until(() => device.heard.length === 1);
  expect(device.heard).toMatchObject([{ type: 'ack', upTo: 1 }]);
  expect(house.inbox.discardedCount()).toBe(6);
});

test('a device that speaks for another is rejected and nothing of it is stored', async () => {
  await using house = await startInboxOnBroker();
  const chain = chainOf('gate-4', 1);
  await using device = await connectDevice(house.broker, 'gate-3');
  await send(device.client, 'gate-3', chain.batch());
  await until(() => device.heard.length === 1);
  expect(device.heard).toMatchObject([{ type: 'reject', device: 'gate-3', code: 'wrong_device' }]);
  const stored = await database.db
    .selectFrom('journal_entries')
    .select('seq')
    .where('device', '=', 'gate-4')
    .execute();
  expect(stored).toEqual([]);
});

test('the host says again and again that it is online: one lost message keeps no device silent for ever', async () => {
  await using broker = await startTestBroker();
  await using device = await connectDevice(broker, 'presence-again');
  const hasteful = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 50), signal),
  };
  await using _inbox = startMqttInbox(await broker.hostLogin(), { ...inboxParts(), clock: hasteful });
  await until(() => device.hostStates.length >= 3);
  expect(device.hostStates).not.toContain(false);
});

test('from a device that is not admitted nothing is taken and nothing is said, whatever the broker lets through', async () => {
  await using broker = await startTestBroker();
  const revoked = new Set<string>();
  let nowMs = 0;
  const clock = { ...testParts.clock, monotonicMs: () => nowMs };
  const admits = admissionGate(async (device) => !revoked.has(device), clock);
  await using inbox = startMqttInbox(await broker.hostLogin(), { ...inboxParts(), admits });
  await until(inbox.isConnected);
  const chain = chainOf('gate-8', 4);
  await using device = await connectDevice(broker, 'gate-8');
  await send(device.client, 'gate-8', chain.hello());
  await send(device.client, 'gate-8', chain.batch(1, 1));
  await until(() => device.heard.some(({ type }) => type === 'ack'));
  const before = device.heard.length;

  revoked.add('gate-8');
  await send(device.client, 'gate-8', chain.hello());
  await send(device.client, 'gate-8', chain.batch(2, 2));
  nowMs += 11_000;
  await send(device.client, 'gate-8', chain.batch(2, 2));
  await until(() => inbox.discardedCount() === 3);
  expect(device.heard).toHaveLength(before);

  revoked.clear();
  nowMs += 11_000;
  await send(device.client, 'gate-8', chain.batch(2, 2));
  await until(() => device.heard.length > before);
  // Between two HELLOs a revocation is noticed within ten seconds.
  revoked.add('gate-8');
  nowMs += 11_000;
  await send(device.client, 'gate-8', chain.batch(3, 3));
  await until(() => inbox.discardedCount() === 4);
});

test('the host says online while the inbox listens, and offline when it leaves', async () => {
  await using broker = await startTestBroker();
  await using device = await connectDevice(broker, 'gate-5');
  {
    await using inbox = startMqttInbox(await broker.hostLogin(), inboxParts());
    await until(() => inbox.isConnected() && device.hostStates.length > 0);
    expect(device.hostStates).toEqual([true]);
  }
  await until(() => device.hostStates.at(-1) === false);
});

test('a broker that comes late, or goes and comes back, is found again', async () => {
  const first = await startTestBroker();
  await using inbox = startMqttInbox(await first.hostLogin(), inboxParts());
  await until(inbox.isConnected);
  await first[Symbol.asyncDispose]();
  await until(() => !inbox.isConnected());
  await using again = await first.startAgain();
  await until(inbox.isConnected);
  expect(again.port).toBe(first.port);
});

/** A broker that tells what comes from the inbox, in order. */
async function startListeningBroker() {
  const events: string[] = [];
  const broker = await Aedes.createBroker({
    // Called as a packet comes off the line; the 'publish' event comes later than what followed it.
    authorizePublish: (_, packet, done) => {
      if (packet.topic.endsWith('/down'))
        events.push((JSON.parse(packet.payload.toString()) as DownMessage).type);
      done(null);
    },
  });
  broker.on('ack', (_, client) => {
    if (client.id === 'cloud') events.push('puback');
  });
  const server = createServer((socket) => broker.handle(socket));
  const port = await listenOn(server, '127.0.0.1', 0, 'test');
  return {
    url: `mqtt://127.0.0.1:${port}`,
    events,
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((done) => broker.close(done));
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

test('commit comes first, then the receipt, then the PUBACK', async () => {
  await using broker = await startListeningBroker();
  await using inbox = startMqttInbox(
    { url: broker.url, username: 'cloud', password: undefined },
    inboxParts(),
  );
  await until(inbox.isConnected);
  await using device = await connectDevice(broker, 'gate-6');
  const chain = chainOf('gate-6', 2);
  await send(device.client, 'gate-6', chain.batch(1, 1));
  await until(() => broker.events.length === 2);
  expect(broker.events).toEqual(['ack', 'puback']);

  // Another transaction holds the chain's position: the commit has to wait, and with it all that comes after.
  const blocker = await database.pool.connect();
  await blocker.query('begin');
  await blocker.query('select 1 from ingest_positions where incarnation = $1 for update', [
    chain.incarnation,
  ]);
  await send(device.client, 'gate-6', chain.batch(2, 2));
  await systemClock.sleep(500);
  expect(broker.events).toHaveLength(2);
  await blocker.query('rollback');
  blocker.release();
  await until(() => broker.events.length === 4);
  expect(broker.events).toEqual(['ack', 'puback', 'ack', 'puback']);
});

test('batches that wait are stored together, and each is confirmed after the receipt that covers it', async () => {
  await using broker = await startListeningBroker();
  await using inbox = startMqttInbox(
    { url: broker.url, username: 'cloud', password: undefined },
    inboxParts(),
  );
  await until(inbox.isConnected);
  await using device = await connectDevice(broker, 'gate-9');
  await using another = await connectDevice(broker, 'gate-10');
  const chain = chainOf('gate-9', 5);
  await send(device.client, 'gate-9', chain.batch(1, 1));
  await until(() => broker.events.length === 2);
  const blocker = await database.pool.connect();
  await blocker.query('begin');
  await blocker.query('select 1 from ingest_positions where incarnation = $1 for update', [
    chain.incarnation,
  ]);
  for (const seq of [2, 3, 4]) await send(device.client, 'gate-9', chain.batch(seq, seq));
  // It would go on from there, but another device says it.
  await send(another.client, 'gate-10', chain.batch(5, 5));
  await systemClock.sleep(300);
  expect(broker.events).toHaveLength(2);
  await blocker.query('rollback');
  blocker.release();
  await until(() => broker.events.length === 9);
  expect(broker.events.slice(2, 5)).toEqual(['ack', 'puback', 'ack']);
  expect(broker.events.slice(5).sort()).toEqual(['puback', 'puback', 'puback', 'reject']);
  expect(device.heard.map((said) => ('upTo' in said ? said.upTo : said.type))).toEqual([1, 2, 4]);
  expect(another.heard).toMatchObject([{ type: 'reject', code: 'wrong_device' }]);
});

test('while the database refuses, nothing is acknowledged; the host goes offline and comes back', async () => {
  const limits = { statementTimeoutMs: 5_000, lockTimeoutMs: 300 };
  await using impatient = await openDatabase(database.url, testParts.log, limits);
  await using broker = await startListeningBroker();
  await using inbox = startMqttInbox(
    { url: broker.url, username: 'cloud', password: undefined },
    inboxParts(impatient.db),
  );
  await until(inbox.isConnected);
  await using device = await connectDevice(broker, 'gate-7');
  const chain = chainOf('gate-7', 2);
  await send(device.client, 'gate-7', chain.batch(1, 1));
  await until(() => device.heard.length === 1);

  const blocker = await database.pool.connect();
  await blocker.query('begin');
  await blocker.query('select 1 from ingest_positions where incarnation = $1 for update', [
    chain.incarnation,
  ]);
  await send(device.client, 'gate-7', chain.batch(2, 2));
  // Longer than a statement may wait for a lock.
  await until(() => device.hostStates.includes(false), 6_000);
  expect(device.heard).toHaveLength(1);
  await blocker.query('rollback');
  blocker.release();

  await until(() => device.hostStates.at(-1) === true);
  // What a device does when the host is back.
  await send(device.client, 'gate-7', chain.hello());
  await send(device.client, 'gate-7', chain.batch(2, 2));
  await until(() => device.heard.length === 3);
  expect(device.heard.slice(1)).toMatchObject([
    { type: 'welcome', upTo: 1 },
    { type: 'ack', upTo: 2 },
  ]);
});

test('a database connection that is cut in the middle of a batch loses and doubles nothing (B05)', async () => {
  const rounds = 5;
  await using own = await openDatabase(database.url, testParts.log);
  await using broker = await startListeningBroker();
  await using inbox = startMqttInbox(
    { url: broker.url, username: 'cloud', password: undefined },
    inboxParts(own.db),
  );
  await until(inbox.isConnected);
  await using device = await connectDevice(broker, 'gate-5');
  const chain = chainOf('gate-5', rounds + 1);
  const acked = (seq: number) =>
    device.heard.some((message) => message.type === 'ack' && message.upTo === seq);
  await send(device.client, 'gate-5', chain.batch(1, 1));
  await until(() => acked(1));
  for (let seq = 2; seq <= rounds + 1; seq += 1) {
    // The batch is held within its transaction, and its connection is cut there.
    const blocker = await database.pool.connect();
    await blocker.query('begin');
    await blocker.query('select 1 from ingest_positions where incarnation = $1 for update', [
      chain.incarnation,
    ]);
    const sent = send(device.client, 'gate-5', chain.batch(seq, seq));
    await until(async () => {
      const { rowCount } = await blocker.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where wait_event_type = 'Lock' and application_name = 'weighgate-cloud' and pid <> pg_backend_pid()
      `);
      return (rowCount ?? 0) > 0;
    });
    expect(acked(seq)).toBe(false);
    await blocker.query('rollback');
    blocker.release();
    await sent;
    // What a device does that hears nothing.
    await until(async () => {
      await send(device.client, 'gate-5', chain.batch(seq, seq));
      await systemClock.sleep(100);
      return acked(seq);
    });
  }
  const { rows } = await database.pool.query<{ seq: number }>(
    'select seq from journal_entries where incarnation = $1 order by seq',
    [chain.incarnation],
  );
  expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
}, 60_000);
