import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { startHttpServer } from './http-server.ts';

/** A server whose `/slow` is answered when the test says so. */
async function startServer() {
  const slow = Promise.withResolvers<void>();
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    timeouts: { headersMs: 200, requestMs: 400, lookMs: 50 },
    fetch: async (request) => {
      if (request.url.endsWith('/slow')) await slow.promise;
      return new Response(`${(await request.text()).length}`);
    },
  });
  return { ...server, finishSlow: slow.resolve };
}

/** Sends bytes as they are and gives all that comes back until the connection is closed. */
async function exchange(port: number, ...pieces: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  for (const piece of pieces) socket.write(piece);
  return text(socket);
}

test('a client that sends its headers or its body too slowly is cut off', async () => {
  await using server = await startServer();
  const startedMs = systemClock.monotonicMs();
  expect(await exchange(server.port, 'GET / HTTP/1.1\r\nhost: localhost\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  const body = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nslow';
  expect(await exchange(server.port, body)).toMatch(/^HTTP\/1\.1 408 |^$/);
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
});

test('a request whose length can be read in two ways is refused and its connection closed', async () => {
  await using server = await startServer();
  const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n';
  for (const headers of [
    'content-length: 4\r\ntransfer-encoding: chunked\r\n',
    'transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n',
    'content-length: 4\r\ncontent-length: 5\r\n',
    'transfer-encoding: xchunked\r\n',
  ]) {
    const answer = await exchange(
      server.port,
      `POST / HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n0\r\n\r\n${smuggled}`,
    );
    expect(answer, headers).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g), headers).toHaveLength(1);
  }
  const badChunk =
    'POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nbody\r\n0\r\n\r\n';
  expect(await exchange(server.port, badChunk)).not.toMatch(/200 OK/);
  expect(await exchange(server.port, 'CONNECT evil.example:80 HTTP/1.1\r\nhost: evil.example\r\n\r\n')).toBe(
    '',
  );
});

test('taking leave, it answers what still comes and closes each connection with it, and finishes what runs', async () => {
  await using server = await startServer();
  using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    [Symbol.dispose]: () => agent.destroy(),
  });
  const ask = async (path: string, over?: Agent) => {
    const request = get(`${server.url}${path}`, over === undefined ? {} : { agent: over });
    const [response] = await once(request, 'response');
    response.resume();
    return response.headers.connection as string | undefined;
  };
  expect(await ask('/', agent)).toBe('keep-alive');
  const slow = ask('/slow');
  await systemClock.sleep(50);
  const left = server.drain(200);
  expect(await ask('/', agent)).toBe('close');
  expect(await ask('/')).toBe('close');
  await systemClock.sleep(250);
  await expect(ask('/')).rejects.toThrow('ECONNREFUSED');
  server.finishSlow();
  expect(await slow).toBeDefined();
  await left;
});
