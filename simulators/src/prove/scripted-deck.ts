import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Clock } from '@weighgate/protocol';

/** A deck on a TCP port whose weight is what it is told: no truck has to roll on. */
export interface ScriptedDeck extends AsyncDisposable {
  port: number;
  show(kg: number): void;
}

const FRAME_MS = 10;
const MAX_WAITING_BYTES = 64 * 1024;

/** Serves Mettler-Toledo continuous frames made from the manual, a hundred a second. */
export async function openScriptedDeck(clock: Clock): Promise<ScriptedDeck> {
  const sockets = new Set<Socket>();
  const stop = new AbortController();
  let kg = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sending = (async () => {
    while (!stop.signal.aborted) {
      for (const socket of sockets) {
        if (socket.writableLength > MAX_WAITING_BYTES) socket.destroy();
        else socket.write(frameOf(kg));
      }
      await clock.sleep(FRAME_MS);
    }
  })();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    show: (shown) => {
      kg = shown;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await sending;
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** STX, three status bytes (stable gross kg), six digits, six of tare, CR, checksum. */
function frameOf(kg: number): Uint8Array {
  const body = [0x02, 0x2a, 0x30, 0x20, ...Buffer.from(`${String(kg).padStart(6)}     0`), 0x0d];
  const check = -body.reduce((sum, byte) => sum + byte, 0) & 0x7f;
  return Uint8Array.from([...body, check]);
}
