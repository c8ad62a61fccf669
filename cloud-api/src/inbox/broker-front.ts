import type { Socket } from 'node:net';
import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { failureLimit } from '../http/failure-limit.ts';

/** Bounds on connections and sign-ins. */
export interface FrontLimits {
  /** All connections at a time, known or not. */
  connections: number;
  /** Unknown ones at a time from one address. */
  unknownPerAddress: number;
  /** Until then a client has to be known. */
  patienceMs: number;
  /** Bytes a client may send until then: a handshake with a certificate takes about 3 KiB. */
  unknownBytes: number;
  /** Refused sign-ins after which an address has to wait for the end of the window. */
  failures: number;
  failureWindowMs: number;
  /** A device signs in once in hours; two machines under one name throw each other out many times a minute. */
  signInsPerMinute: number;
}

export const frontLimits: FrontLimits = {
  connections: 1_000,
  unknownPerAddress: 256,
  patienceMs: 10_000,
  unknownBytes: 64 * 1024,
  failures: 30,
  failureWindowMs: 10_000,
  signInsPerMinute: 20,
};

const SWEEP_MS = 200;

/** Stands before TLS: what it refuses has cost a socket and nothing more. */
export interface BrokerFront extends AsyncDisposable {
  /** Whether a new connection may go on; one that may not is cut. */
  take(socket: Socket): boolean;
  /** The client behind the connection is known now: its time and bytes are no longer counted. */
  settle(socket: Socket): void;
  /** A sign-in from that address was refused. */
  noteFailure(address: string): void;
}

/** Counts connections, and cuts those that are too many, too slow or send too much before anybody is known. */
export function brokerFront(limits: FrontLimits, { clock, log }: { clock: Clock; log: Logger }): BrokerFront {
  const open = new Set<Socket>();
  const unknown = new Map<Socket, { address: string; untilMs: number }>();
  const perAddress = new Map<string, number>();
  const failed = failureLimit({ failures: limits.failures, windowMs: limits.failureWindowMs }, clock);
  const stop = new AbortController();

  function refusalOf(address: string): string | undefined {
    if (open.size >= limits.connections) return 'too_many_connections';
    if ((perAddress.get(address) ?? 0) >= limits.unknownPerAddress) return 'too_many_unknown';
    return failed.isBlocked(address) ? 'too_many_failures' : undefined;
  }

  function forget(socket: Socket): void {
    const entry = unknown.get(socket);
    if (entry === undefined) return;
    unknown.delete(socket);
    const left = (perAddress.get(entry.address) ?? 1) - 1;
    if (left === 0) perAddress.delete(entry.address);
    else perAddress.set(entry.address, left);
  }

  function sweep(): void {
    const nowMs = clock.monotonicMs();
    for (const [socket, { address, untilMs }] of unknown) {
      const why =
        socket.bytesRead > limits.unknownBytes ? 'too_much' : nowMs > untilMs ? 'too_slow' : undefined;
      if (why === undefined) continue;
      log.warn({ address, why }, 'broker.front_cut');
      socket.destroy();
    }
  }

  const sweeping = (async () => {
    while (!stop.signal.aborted) {
      sweep();
      await clock.sleep(SWEEP_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  })();

  return {
    take: (socket) => {
      const address = socket.remoteAddress ?? 'unknown';
      const why = refusalOf(address);
      if (why !== undefined) {
        log.debug({ address, why }, 'broker.front_refused');
        socket.destroy();
        return false;
      }
      open.add(socket);
      unknown.set(socket, { address, untilMs: clock.monotonicMs() + limits.patienceMs });
      perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
      socket.once('close', () => {
        open.delete(socket);
        forget(socket);
      });
      return true;
    },
    settle: forget,
    noteFailure: (address) => failed.note(address),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await sweeping;
      for (const socket of open) socket.destroy();
    },
  };
}
