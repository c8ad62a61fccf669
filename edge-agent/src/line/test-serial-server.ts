import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { telnetData, telnetNegotiation, telnetReader, telnetSubnegotiation, type Verb } from './telnet.ts';

/** A serial server with telnet COM port control, for tests: it keeps what it was asked and plays the device. */
export interface SerialServer extends AsyncDisposable {
  port: number;
  /** Settings in force by code of RFC 2217, as the bytes of their value. */
  settings: ReadonlyMap<number, readonly number[]>;
  /** What the other side wrote to the device. */
  received(): Uint8Array;
  /** Sends what the device says to everybody who is connected. */
  say(bytes: Uint8Array): void;
  cut(): void;
  connections(): number;
}

/**
 * @param refuses an option the server declines, or the baud rate it sets instead of the one asked
 */
export async function startSerialServer(
  refuses: { option?: number; baudRate?: number } = {},
): Promise<SerialServer> {
  const settings = new Map<number, readonly number[]>();
  const sockets = new Set<Socket>();
  const received: number[] = [];

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    // Bytes of the device before the port was set are noise to whoever connects.
    socket.write(Uint8Array.of(0x00, 0x81, 0x3f));
    const reader = telnetReader({
      data: (bytes) => received.push(...bytes),
      negotiate: (verb, option) => {
        const accepted: Record<Verb, Verb | null> = { WILL: 'DO', DO: 'WILL', WONT: null, DONT: null };
        const declined: Record<Verb, Verb | null> = { WILL: 'DONT', DO: 'WONT', WONT: null, DONT: null };
        const answer = (option === refuses.option ? declined : accepted)[verb];
        if (answer !== null) socket.write(telnetNegotiation(answer, option));
      },
      subnegotiate: (option, [code = 0, ...value]) => {
        const set = code === 1 && refuses.baudRate !== undefined ? baudBytes(refuses.baudRate) : value;
        settings.set(code === 5 ? 500 + (value[0] ?? 0) : code, set);
        socket.write(telnetSubnegotiation(option, Uint8Array.of(code + 100, ...set)));
        // A server may tell of its modem lines at any time.
        socket.write(telnetSubnegotiation(option, Uint8Array.of(107, 0xff)));
      },
    });
    socket.on('data', (bytes) => reader.push(bytes));
    socket.write(telnetNegotiation('WILL', 1));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    settings,
    received: () => Uint8Array.from(received),
    say: (bytes) => {
      for (const socket of sockets) socket.write(telnetData(bytes));
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    connections: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function baudBytes(baudRate: number): number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, baudRate);
  return [...new Uint8Array(view.buffer)];
}
