import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { type FaultyNetwork, startFaultyNetwork } from './faulty-network.ts';
import { seededRandom } from './random.ts';

const clock = systemClock;

/** A server that says back what it hears, behind a network. */
async function startEchoBehindNetwork() {
  await using undo = new AsyncDisposableStack();
  let accepted = 0;
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    accepted += 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard.push(chunk);
      socket.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.defer(() => void server.close());
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const network = undo.use(await startFaultyNetwork({ clock, random: seededRandom(1), target }));
  const kept = undo.move();
  return {
    network,
    accepted: () => accepted,
    heard: () => Buffer.concat(heard),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function dial(network: FaultyNetwork): Promise<Socket> {
  const socket = connect(network.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** A reset is told as an error before the end; only the end matters here. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function said(socket: Socket, bytes: number, timeoutMs = 2_000): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const done = Promise.withResolvers<void>();
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    if (Buffer.concat(chunks).length >= bytes) done.resolve();
  });
  await Promise.race([done.promise, clock.sleep(timeoutMs)]);
  return Buffer.concat(chunks);
}

test('a network without faults carries every byte both ways', async () => {
  await using echo = await startEchoBehindNetwork();
  const socket = await dial(echo.network);
  const sent = Buffer.alloc(300_000, 'weighgate ');
  socket.write(sent);
  expect((await said(socket, sent.length)).equals(sent)).toBe(true);
  socket.destroy();
});

test('delayed bytes come late, in order and complete', async () => {
  await using echo = await startEchoBehindNetwork();
  echo.network.setFaults({ delayMs: 100, jitterMs: 50 });
  const socket = await dial(echo.network);
  const startedMs = clock.monotonicMs();
  for (let i = 0; i < 10; i += 1) {
    socket.write(String(i));
    await clock.sleep(5);
  }
  expect(String(await said(socket, 10))).toBe('0123456789');
  expect(clock.monotonicMs() - startedMs).toBeGreaterThan(200);
  socket.destroy();
});

test('a throttled network carries no more than it is told', async () => {
  await using echo = await startEchoBehindNetwork();
  echo.network.setFaults({ bytesPerSecond: 10_000 });
  const socket = await dial(echo.network);
  const startedMs = clock.monotonicMs();
  socket.write(Buffer.alloc(2_000));
  await said(socket, 2_000);
  expect(clock.monotonicMs() - startedMs).toBeGreaterThan(350);
  socket.destroy();
});

test('a half-open network loses what is sent and keeps the connection', async () => {
  await using echo = await startEchoBehindNetwork();
  const socket = await dial(echo.network);
  echo.network.setFaults({ swallowsDown: true });
  socket.write('lost answer');
  expect(await said(socket, 1, 150)).toHaveLength(0);
  expect(String(echo.heard())).toBe('lost answer');
  echo.network.setFaults({ swallowsUp: true });
  socket.write('lost question');
  expect(await said(socket, 1, 150)).toHaveLength(0);
  expect(String(echo.heard())).toBe('lost answer');
  expect(socket.destroyed).toBe(false);
  expect(echo.network.openConnections()).toBe(1);
  socket.destroy();
});

test('a connection that is cut is reset at both ends; a refusing network lets nobody in', async () => {
  await using echo = await startEchoBehindNetwork();
  const socket = await dial(echo.network);
  const closed = closeOf(socket);
  echo.network.cutAll();
  await closed;
  expect(echo.network.openConnections()).toBe(0);
  echo.network.setFaults({ refuses: true });
  const refused = connect(echo.network.port, '127.0.0.1').on('error', () => undefined);
  await closeOf(refused);
  expect(echo.accepted()).toBe(1);
});

test('a corrupting network inverts bits and loses none', async () => {
  await using echo = await startEchoBehindNetwork();
  echo.network.setFaults({ corrupt: 1 });
  const socket = await dial(echo.network);
  socket.write(Buffer.alloc(1_000));
  await said(socket, 1_000);
  expect(echo.heard()).toHaveLength(1_000);
  expect(echo.heard().equals(Buffer.alloc(1_000))).toBe(false);
  socket.destroy();
});

test('a doubling network says everything to the server twice', async () => {
  await using echo = await startEchoBehindNetwork();
  echo.network.setFaults({ doubles: true });
  const socket = await dial(echo.network);
  socket.write('once');
  expect(String(await said(socket, 4))).toBe('once');
  expect(echo.accepted()).toBe(2);
  expect(String(echo.heard())).toBe('onceonce');
  socket.destroy();
});

test('a chance of cutting is drawn for every chunk', async () => {
  await using echo = await startEchoBehindNetwork();
  echo.network.setFaults({ cut: 1 });
  const socket = await dial(echo.network);
  socket.write('x');
  await closeOf(socket);
  expect(echo.heard()).toHaveLength(0);
});
