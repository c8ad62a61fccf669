import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Clock } from '@weighgate/protocol';
import type { ScriptedDeck } from './scripted-deck.ts';

/** What one Mettler-Toledo continuous frame says beside its weight. */
export interface FrameFlags {
  motion?: boolean;
  outOfRange?: boolean;
  expandedX10?: boolean;
  net?: boolean;
}

/** An indicator that says what it is told, and may fall silent. */
export interface ScriptedIndicator extends ScriptedDeck {
  say(kg: number, flags: FrameFlags): void;
  fallSilent(): void;
  /** The frame that is sent now, in hexadecimal. */
  frameHex(): string;
}

const FRAME_MS = 20;

/** Serves one line on TCP, fifty frames a second, made from the manual of the indicator. */
export async function openScriptedIndicator(clock: Clock): Promise<ScriptedIndicator> {
  const sockets = new Set<Socket>();
  const stop = new AbortController();
  let frame: Uint8Array | null = frameOf(0, {});
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sending = (async () => {
    while (!stop.signal.aborted) {
      for (const socket of sockets) if (frame !== null) socket.write(frame);
      await clock.sleep(FRAME_MS);
    }
  })();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    show: (kg) => {
      frame = frameOf(kg, {});
    },
    say: (kg, flags) => {
      frame = frameOf(kg, flags);
    },
    fallSilent: () => {
      frame = null;
    },
    frameHex: () => Buffer.from(frame ?? []).toString('hex'),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await sending;
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** STX, three status bytes, six digits of weight, six of tare, CR, checksum: MT 8510 manual, continuous output. */
function frameOf(kg: number, { motion, outOfRange, expandedX10, net }: FrameFlags): Uint8Array {
  const statusB =
    0x30 | (net ? 0x01 : 0) | (kg < 0 ? 0x02 : 0) | (outOfRange ? 0x04 : 0) | (motion ? 0x08 : 0);
  const statusC = 0x20 | (expandedX10 ? 0x10 : 0);
  const digits = String(Math.abs(kg)).padStart(6);
  const body = [0x02, 0x2a, statusB, statusC, ...Buffer.from(`${digits}     0`), 0x0d];
  const check = -body.reduce((sum, byte) => sum + byte, 0) & 0x7f;
  return Uint8Array.from([...body, check]);
}
