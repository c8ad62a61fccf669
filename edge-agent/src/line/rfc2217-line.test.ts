import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Rfc2217LineSettings, rfc2217Line } from './rfc2217-line.ts';
import { startSerialServer } from './test-serial-server.ts';

const never = new AbortController().signal;
const settingsFor = (port: number): Rfc2217LineSettings => ({
  host: '127.0.0.1',
  port,
  baudRate: 4800,
  dataBits: 7,
  parity: 'even',
  stopBits: 1,
  rts: 'on',
  dtr: 'off',
});

describe('a line through a serial server with COM port control', () => {
  test('sets baud rate, data bits, parity, stop bits, DTR and RTS before it gives a byte', async () => {
    await using server = await startSerialServer();
    await using line = await rfc2217Line(settingsFor(server.port))(never);
    expect(line.name).toBe(`rfc2217 127.0.0.1:${server.port}`);
    expect(Object.fromEntries(server.settings)).toEqual({
      1: [0, 0, 0x12, 0xc0],
      2: [7],
      3: [3],
      4: [1],
      509: [9],
      511: [11],
    });
  });

  test('carries every byte both ways, FF too', async () => {
    await using server = await startSerialServer();
    await using line = await rfc2217Line(settingsFor(server.port))(never);
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await line.write(every);
    await expect.poll(() => server.received().length).toBe(256);
    expect(server.received()).toEqual(every);
    server.say(every);
    const came: number[] = [];
    for await (const bytes of line) {
      came.push(...bytes);
      if (came.length >= 256) break;
    }
    expect(Uint8Array.from(came)).toEqual(every);
  });

  test('is refused in words by a server that sets another baud rate', async () => {
    await using server = await startSerialServer({ baudRate: 9600 });
    await expect(rfc2217Line(settingsFor(server.port))(never)).rejects.toMatchObject({
      code: 'line_refused',
      message: expect.stringContaining('the server cannot set 4800 7E1'),
    });
    await expect.poll(() => server.connections()).toBe(0);
  });

  test.each([
    [44, 'use kind: tcp'],
    [0, 'no binary mode'],
  ])('is refused in words by a server that declines option %i', async (option, words) => {
    await using server = await startSerialServer({ option });
    await expect(rfc2217Line(settingsFor(server.port))(never)).rejects.toMatchObject({
      code: 'line_refused',
      message: expect.stringContaining(words),
    });
  });

  test('that is cut is lost, and closed by us it ends quietly', async () => {
    await using server = await startSerialServer();
    const lost = await rfc2217Line(settingsFor(server.port))(never);
    server.cut();
    await expect(Array.fromAsync(lost)).rejects.toMatchObject({ code: 'line_lost' });
    await lost.close();
    const closed = await rfc2217Line(settingsFor(server.port))(never);
    const reading = Array.fromAsync(closed);
    await closed.close();
    expect(await reading).toEqual([]);
  });

  test('whose server never answers is given up when the opening is aborted, and leaves no connection', async () => {
    let connections = 0;
    const mute = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).resume();
      socket.on('close', () => {
        connections -= 1;
      });
    }).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const address = mute.address();
    const abort = new AbortController();
    const opening = rfc2217Line(settingsFor(typeof address === 'object' && address ? address.port : 0))(
      abort.signal,
    );
    const reason = new Error('took too long');
    const refused = expect(opening).rejects.toBe(reason);
    await expect.poll(() => connections).toBe(1);
    abort.abort(reason);
    await refused;
    await expect.poll(() => connections).toBe(0);
    mute.close();
  });
});
