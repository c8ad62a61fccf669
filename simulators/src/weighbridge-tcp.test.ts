import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { type FrameSink, type FrameSource, startWeighbridge } from './weighbridge.ts';
import { serveWeighbridgeOverTcp } from './weighbridge-tcp.ts';

const loopback = { host: '127.0.0.1', port: 0 };
const startFast = () =>
  startWeighbridge({ clock: systemClock, random: seededRandom(1), frameRateHz: 200, speed: 20 });

/** A source that sends what it is told to, when it is told to. */
function handSource(): FrameSource & { send: FrameSink } {
  const sinks = new Set<FrameSink>();
  return {
    send: (frame) => {
      for (const sink of sinks) sink(frame);
    },
    attach(sink) {
      sinks.add(sink);
      return () => sinks.delete(sink);
    },
  };
}

async function readBytes(port: number, count: number): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= count) break;
  }
  return Buffer.concat(chunks).subarray(0, count);
}

test('frames arrive over TCP whole, and each adds up to 0 modulo 128', async () => {
  await using weighbridge = startFast();
  await using server = await serveWeighbridgeOverTcp(weighbridge, loopback);
  const bytes = await readBytes(server.port, 18 * 20);
  for (let at = 0; at < bytes.length; at += 18) {
    const frame = bytes.subarray(at, at + 18);
    expect(frame[0]).toBe(0x02);
    expect(frame[16]).toBe(0x0d);
    expect(frame.reduce((sum, byte) => sum + byte, 0) % 128).toBe(0);
  }
});

test('several clients hear the same indicator', async () => {
  await using weighbridge = startFast();
  await using server = await serveWeighbridgeOverTcp(weighbridge, loopback);
  const heard = await Promise.all([readBytes(server.port, 18), readBytes(server.port, 18)]);
  for (const bytes of heard) expect(bytes[0]).toBe(0x02);
});

test('a taken port is said in words, with what to do', async () => {
  await using weighbridge = startFast();
  await using server = await serveWeighbridgeOverTcp(weighbridge, loopback);
  await expect(
    serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: server.port }),
  ).rejects.toMatchObject({
    code: 'port_in_use',
    message: expect.stringMatching(new RegExp(`port ${server.port} .* is in use .* choose another port`)),
  });
});

test('an address that is not ours is said in words', async () => {
  await using weighbridge = startFast();
  await expect(serveWeighbridgeOverTcp(weighbridge, { host: '192.0.2.1', port: 4001 })).rejects.toMatchObject(
    { code: 'cannot_listen' },
  );
});

test('it can be closed with clients on it, and started again on the same port', async () => {
  await using weighbridge = startFast();
  const first = await serveWeighbridgeOverTcp(weighbridge, loopback);
  const client = connect(first.port, '127.0.0.1').resume();
  await once(client, 'data');
  await first[Symbol.asyncDispose]();
  await once(client, 'close');
  await using second = await serveWeighbridgeOverTcp(weighbridge, { host: '127.0.0.1', port: first.port });
  expect(second.port).toBe(first.port);
  expect(await readBytes(second.port, 18)).toHaveLength(18);
});

test('a pulled cable cuts every client, and they may connect again', async () => {
  await using weighbridge = startFast();
  await using server = await serveWeighbridgeOverTcp(weighbridge, loopback);
  const client = connect(server.port, '127.0.0.1').resume();
  await once(client, 'data');
  const closed = once(client, 'close');
  server.disconnectAll();
  await closed;
  expect(await readBytes(server.port, 18)).toHaveLength(18);
});

test('a client that does not read is disconnected, one that reads is not', async () => {
  const source = handSource();
  await using server = await serveWeighbridgeOverTcp(source, loopback);
  const deaf = connect(server.port, '127.0.0.1').pause();
  const listener = connect(server.port, '127.0.0.1');
  await Promise.all([once(deaf, 'connect'), once(listener, 'connect')]);
  // Connected at this end is not yet accepted at the other.
  await systemClock.sleep(50);
  let heardBytes = 0;
  listener.on('data', (chunk: Buffer) => {
    heardBytes += chunk.length;
  });

  // More than loopback sockets swallow before anything waits in the server: some megabytes.
  const block = new Uint8Array(32 * 1024);
  const sentBytes = 1000 * block.length;
  for (let sent = 0; sent < sentBytes; sent += block.length) {
    source.send(block);
    while (heardBytes < sent + block.length) await once(listener, 'data');
  }
  expect(heardBytes).toBe(sentBytes);

  let deafHeardBytes = 0;
  deaf.on('data', (chunk: Buffer) => {
    deafHeardBytes += chunk.length;
  });
  deaf.resume();
  await once(deaf, 'close');
  expect(deafHeardBytes).toBeLessThan(sentBytes);
  listener.destroy();
});
