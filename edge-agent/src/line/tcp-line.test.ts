import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { tcpLine } from './tcp-line.ts';

const never = new AbortController().signal;

describe('a TCP line', () => {
  test('carries bytes both ways and is closed by us without an error', async () => {
    await using indicator = await listen((socket) => {
      socket.write('frame');
      socket.on('data', (bytes) => socket.write(bytes));
    });
    const line = await tcpLine(indicator)(never);
    expect(line.name).toBe(`tcp 127.0.0.1:${indicator.port}`);
    const chunks = line[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('frame');
    await line.write(Buffer.from('P'));
    expect(String((await chunks.next()).value)).toBe('P');
    const rest = chunks.next();
    await line.close();
    expect(await rest).toEqual({ done: true, value: undefined });
  });

  test('to a port where nobody listens is refused', async () => {
    const { port, [Symbol.asyncDispose]: close } = await listen(() => undefined);
    await close();
    await expect(tcpLine({ host: '127.0.0.1', port })(never)).rejects.toMatchObject({
      code: 'line_refused',
      message: expect.stringContaining(`tcp 127.0.0.1:${port} does not answer`),
    });
  });

  test('that is reset in the middle of the stream is lost', async () => {
    await using indicator = await listen((socket) => {
      socket.write('half a fra');
      socket.once('data', () => socket.resetAndDestroy());
    });
    await using line = await tcpLine(indicator)(never);
    await line.write(Buffer.from('P'));
    await expect(Array.fromAsync(line)).rejects.toMatchObject({ code: 'line_lost' });
  });

  test('that is reset before anybody reads it is reported to the reader', async () => {
    await using indicator = await listen((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const line = await tcpLine(indicator)(never);
    await line.write(Buffer.from('P'));
    await expect.poll(() => indicator.connections()).toBe(0);
    await systemClock.sleep(20);
    await expect(Array.fromAsync(line)).rejects.toMatchObject({ code: 'line_lost' });
    await line.close();
  });

  test('that the other side ends is lost, not silently over', async () => {
    await using indicator = await listen((socket) => socket.end('last'));
    await using line = await tcpLine(indicator)(never);
    await expect(Array.fromAsync(line)).rejects.toMatchObject({
      code: 'line_lost',
      message: expect.stringContaining('closed by the other side'),
    });
  });

  test('whose opening is aborted rejects with the reason and leaves no connection', async () => {
    await using indicator = await listen(() => undefined);
    const abort = new AbortController();
    const opening = tcpLine(indicator)(abort.signal);
    const reason = new Error('no longer wanted');
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await expect(tcpLine(indicator)(abort.signal)).rejects.toBe(reason);
    await expect.poll(() => indicator.connections()).toBe(0);
  });

  test('opened and closed a hundred times leaves nothing behind', async () => {
    await using indicator = await listen((socket) => socket.write('frame'));
    for (let round = 0; round < 100; round += 1) {
      await using line = await tcpLine(indicator)(never);
      for await (const _bytes of line) break;
    }
    await expect.poll(() => indicator.connections()).toBe(0);
  });
});

async function listen(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    // Read and thrown away, so that an end is noticed.
    socket.resume();
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    host: '127.0.0.1',
    port,
    connections: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
