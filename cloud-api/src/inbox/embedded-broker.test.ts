import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { systemClock } from '@weighgate/protocol';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { makeTestCa } from '../fleet/enrolment/test-ca.ts';
import { frontLimits } from './broker-front.ts';
import { startTestBroker } from './test-broker.ts';

type TestBroker = Awaited<ReturnType<typeof startTestBroker>>;

const up = (device: string) => `wg/v1/d/${device}/up`;
const down = (device: string) => `wg/v1/d/${device}/down`;

async function until(holds: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  while (!holds()) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error('waited too long');
    await systemClock.sleep(10);
  }
}

async function connectAs(broker: TestBroker, name: string, more: IClientOptions = {}): Promise<MqttClient> {
  return connectAsync(
    broker.url,
    { ...(await broker.clientOptions(name)), connectTimeout: 3_000, ...more },
    false,
  );
}

/** Whether a client of that name gets in with these options. */
async function getsIn(broker: TestBroker, name: string, more: IClientOptions = {}): Promise<boolean> {
  try {
    const client = await connectAs(broker, name, more);
    await client.endAsync(true);
    return true;
  } catch {
    return false;
  }
}

test('a client gets in under the name of its certificate and no other', async () => {
  await using broker = await startTestBroker();
  expect(await getsIn(broker, 'gate-1')).toBe(true);
  expect(await getsIn(broker, 'gate-1', { clientId: 'gate-2' })).toBe(false);
  expect(await getsIn(broker, 'gate-1', { clientId: '' })).toBe(false);
  expect(await getsIn(broker, 'gate-1', { username: 'gate-2', password: 'x' })).toBe(false);
  expect(await getsIn(broker, 'gate-1', { clean: false })).toBe(false);
  expect(await getsIn(broker, 'gate-1', { keepalive: 0 })).toBe(false);
  expect(await getsIn(broker, 'gate-1', { keepalive: 65_535 })).toBe(false);
  const will = { topic: 'wg/v1/d/gate-2/state', payload: Buffer.from('x'), qos: 1 as const, retain: true };
  expect(await getsIn(broker, 'gate-1', { will })).toBe(false);
});

test('without a certificate, with a foreign one, or with one that has ended, nobody gets in', async () => {
  await using broker = await startTestBroker();
  const longAgo = { ...systemClock, now: () => systemClock.now() - 1_000 * 86_400_000 };
  const foreign = await (await makeTestCa()).makeClient('gate-1');
  const ended = await (await broker.ca.at(longAgo)).makeClient('gate-1');
  expect(await getsIn(broker, 'gate-1')).toBe(true);
  expect(await getsIn(broker, 'gate-1', { cert: foreign.pem, key: foreign.keyPem })).toBe(false);
  expect(await getsIn(broker, 'gate-1', { cert: ended.pem, key: ended.keyPem })).toBe(false);
  const { ca } = await broker.tlsOf('gate-1');
  const nameless = {
    ca,
    clientId: 'gate-1',
    protocolVersion: 4 as const,
    reconnectPeriod: 0,
    connectTimeout: 3_000,
  };
  await expect(connectAsync(broker.url, nameless, false)).rejects.toThrow();
});

test('a device publishes, keeps and hears nothing on the topics of another', async () => {
  await using broker = await startTestBroker();
  const heard: string[] = [];
  const host = await connectAs(broker, 'cloud');
  host.on('message', (topic, payload) => heard.push(`cloud ${topic} ${payload.toString()}`));
  await host.subscribeAsync(['wg/v1/d/+/up', 'wg/v1/d/+/state'], { qos: 1 });
  const one = await connectAs(broker, 'gate-1');
  one.on('message', (topic, payload) => heard.push(`gate-1 ${topic} ${payload.toString()}`));

  for (const filter of [
    '#',
    '+/#',
    'wg/#',
    'wg/v1/d/+/down',
    down('gate-2'),
    up('gate-1'),
    '$SYS/#',
    '$share/x/#',
  ]) {
    await expect(one.subscribeAsync(filter, { qos: 1 }), filter).rejects.toThrow();
  }
  await one.subscribeAsync([down('gate-1'), 'wg/v1/host/state'], { qos: 1 });
  for (const [topic, retain] of [
    [up('gate-2'), false],
    ['wg/v1/d/gate-2/state', true],
    [down('gate-1'), false],
    ['wg/v1/host/state', true],
    [up('gate-1'), true],
    ['$SYS/any', false],
  ] as const) {
    const intruder = await connectAs(broker, 'gate-9');
    intruder.on('error', () => undefined);
    intruder.publish(topic.replace('gate-1', 'gate-9'), 'intruder', { qos: 1, retain });
    await until(() => !intruder.connected);
    await intruder.endAsync(true);
  }
  await host.publishAsync(down('gate-2'), 'for gate-2', { qos: 1 });
  await host.publishAsync(down('gate-1'), 'for gate-1', { qos: 1 });
  await one.publishAsync(up('gate-1'), 'from gate-1', { qos: 1 });
  await until(() => heard.length >= 2);
  await systemClock.sleep(100);
  expect(heard.toSorted()).toEqual([
    `cloud ${up('gate-1')} from gate-1`,
    `gate-1 ${down('gate-1')} for gate-1`,
  ]);
  await Promise.all([one.endAsync(true), host.endAsync(true)]);
});

test('a revoked certificate gets in no more, and its connection is cut', async () => {
  const revoked = new Set<string>();
  await using broker = await startTestBroker({
    isAdmitted: async ({ name }) => !revoked.has(name),
    notRevoked: async (fingerprints) => new Set(revoked.size > 0 ? [] : fingerprints),
  });
  const client = await connectAs(broker, 'gate-1');
  await broker.cutRevoked();
  await client.publishAsync(up('gate-1'), 'still here', { qos: 1 });
  revoked.add('gate-1');
  await broker.cutRevoked();
  await until(() => !client.connected);
  await client.endAsync(true);
  expect(await getsIn(broker, 'gate-1')).toBe(false);
});

test('two machines with one certificate throw each other out twenty times a minute and no more', async () => {
  await using broker = await startTestBroker();
  const inside: boolean[] = [];
  for (let tried = 0; tried < 22; tried += 1) inside.push(await getsIn(broker, 'gate-1'));
  expect(inside).toEqual([...Array(20).fill(true), false, false]);
  expect(await getsIn(broker, 'gate-2')).toBe(true);
});

function openRaw(port: number): { socket: Socket; isClosed: () => boolean } {
  const socket = connectSocket(port, '127.0.0.1');
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  return { socket, isClosed: () => closed };
}

test('whoever does not say who they are within the time is cut, and is not many', async () => {
  const limits = { ...frontLimits, patienceMs: 400, unknownPerAddress: 5 };
  await using broker = await startTestBroker({ limits });
  const idle = Array.from({ length: 8 }, () => openRaw(broker.port));
  await until(() => idle.filter(({ isClosed }) => isClosed()).length === 3, 300);
  expect(idle.slice(0, 5).some(({ isClosed }) => isClosed())).toBe(false);
  await until(() => idle.every(({ isClosed }) => isClosed()), 2_000);
  expect(await getsIn(broker, 'gate-1')).toBe(true);

  // With TLS made and nothing after it, too.
  const tls = await broker.tlsOf('gate-1');
  let closed = false;
  const silent = connectTls({ host: '127.0.0.1', port: broker.port, ...tls }).on('error', () => undefined);
  silent.on('close', () => {
    closed = true;
  });
  await until(() => closed, 2_000);
});

test('what is no TLS, or more than 64 KiB before anybody is known, is cut', async () => {
  await using broker = await startTestBroker();
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-x\r\n', '\x10\xff\xff\xff\x7f']) {
    const { socket, isClosed } = openRaw(broker.port);
    socket.write(Buffer.from(bytes, 'latin1'));
    await until(isClosed);
  }
  // Empty TLS records, which a handshake never asks for, sent without end.
  const { socket, isClosed } = openRaw(broker.port);
  const hello = Buffer.concat([
    Buffer.from([0x16, 3, 1, 0x40, 0]),
    Buffer.from([1, 1, 0xff, 0xff]),
    Buffer.alloc(0x3ffc),
  ]);
  for (let sent = 0; sent < 8 && !isClosed(); sent += 1) {
    socket.write(hello);
    await systemClock.sleep(50);
  }
  await until(isClosed);
  expect(await getsIn(broker, 'gate-1')).toBe(true);
});

test('an address whose sign-ins are refused again and again has to wait', async () => {
  const limits = { ...frontLimits, failures: 5, failureWindowMs: 700 };
  await using broker = await startTestBroker({ limits });
  for (let tried = 0; tried < 6; tried += 1) await getsIn(broker, 'gate-1', { clientId: 'gate-2' });
  expect(await getsIn(broker, 'gate-1')).toBe(false);
  await systemClock.sleep(800);
  expect(await getsIn(broker, 'gate-1')).toBe(true);
});
