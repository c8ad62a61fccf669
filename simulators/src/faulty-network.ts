import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Clock } from '@weighgate/protocol';
import type { Random } from './random.ts';

/** How a network misbehaves. What is not named does not happen; all of it holds for both directions unless said. */
export interface NetworkFaults {
  /** Bytes arrive so much later, in order. Up to 60 s. */
  delayMs?: number;
  /** Each chunk is late by up to so much more. */
  jitterMs?: number;
  /** Chance for a chunk that its connection is reset in its place, 0 to 1. */
  cut?: number;
  /** Chance for a chunk that one of its bits is inverted, 0 to 1. */
  corrupt?: number;
  /** At most so many bytes a second and direction, at least 100. */
  bytesPerSecond?: number;
  /** What the client sends is lost while the connection looks alive. */
  swallowsUp?: boolean;
  /** What the server sends is lost while the connection looks alive. */
  swallowsDown?: boolean;
  /** New connections are reset at once. */
  refuses?: boolean;
  /** Every byte of the client goes to a second connection to the server as well, whose answers are lost. */
  doubles?: boolean;
}

/** A network between clients and one server, as bad as it is told to be. */
export interface FaultyNetwork extends AsyncDisposable {
  port: number;
  /** Holds from now on, for connections that are open too. Bytes already delayed still come when they were due. */
  setFaults(faults: NetworkFaults): void;
  /** Resets every connection that is open. */
  cutAll(): void;
  openConnections(): number;
}

export interface FaultyNetworkParts {
  clock: Clock;
  random: Random;
  target: { host: string; port: number };
}

const MAX_CONNECTIONS = 2_000;
const MAX_DELAY_MS = 60_000;
/** Chunks on their way in one direction; the sender is not read from while there are more. */
const MAX_CHUNKS_UNDER_WAY = 256;

/**
 * A TCP proxy on loopback that misbehaves by a seed: the same draws for the same order of chunks.
 * @throws what node:net says when no port can be had
 */
export async function startFaultyNetwork(parts: FaultyNetworkParts): Promise<FaultyNetwork> {
  const { random, target } = parts;
  let faults: NetworkFaults = {};
  const open = new Set<Socket>();

  const server = createServer((client) => {
    if (faults.refuses === true || open.size >= MAX_CONNECTIONS) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target);
    const twin = faults.doubles === true ? connect(target) : undefined;
    const sockets = twin === undefined ? [client, upstream] : [client, upstream, twin];
    open.add(client);
    const resetAll = () => {
      open.delete(client);
      for (const socket of sockets) socket.resetAndDestroy();
    };
    for (const socket of [client, upstream]) {
      socket.on('error', resetAll);
      socket.on('close', resetAll);
    }
    twin?.on('error', () => undefined).resume();
    client.on('fault', resetAll);
    carry(client, twin === undefined ? [upstream] : [upstream, twin], 'swallowsUp', resetAll);
    carry(upstream, [client], 'swallowsDown', resetAll);
  });

  function carry(
    from: Socket,
    to: readonly Socket[],
    swallows: 'swallowsUp' | 'swallowsDown',
    reset: () => void,
  ): void {
    const gone = new AbortController();
    from.once('close', () => gone.abort());
    let underWay = 0;
    let lastDueMs = 0;
    let written: Promise<void> = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      if (strikes(random, faults.cut)) return reset();
      if (faults[swallows] === true) return;
      const sent = strikes(random, faults.corrupt) ? withFlippedBit(chunk, random) : chunk;
      lastDueMs = Math.max(lastDueMs, parts.clock.monotonicMs() + latenessMs(faults, random));
      if (faults.bytesPerSecond !== undefined) lastDueMs += (sent.length * 1000) / faults.bytesPerSecond;
      underWay += 1;
      if (underWay >= MAX_CHUNKS_UNDER_WAY) from.pause();
      const dueMs = lastDueMs;
      written = written.then(() => deliver(sent, dueMs));
    });
    from.once('end', () => {
      written = written.then(() => {
        for (const socket of to) socket.end();
      });
    });

    async function deliver(chunk: Buffer, dueMs: number): Promise<void> {
      const waitMs = dueMs - parts.clock.monotonicMs();
      try {
        if (waitMs > 0) await parts.clock.sleep(waitMs, gone.signal);
      } catch (error) {
        if (!gone.signal.aborted) throw error;
      }
      for (const socket of to) if (socket.writable) socket.write(chunk);
      underWay -= 1;
      if (underWay < MAX_CHUNKS_UNDER_WAY) from.resume();
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => {
    for (const client of [...open]) client.emit('fault');
  };
  return {
    port: (server.address() as AddressInfo).port,
    setFaults: (next) => {
      assertSensible(next);
      faults = next;
    },
    cutAll,
    openConnections: () => open.size,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}

function assertSensible({ cut, corrupt, delayMs, jitterMs, bytesPerSecond }: NetworkFaults): void {
  for (const chance of [cut, corrupt]) {
    assert(
      chance === undefined || (chance >= 0 && chance <= 1),
      `a chance is from 0 to 1, not ${String(chance)}`,
    );
  }
  for (const late of [delayMs, jitterMs]) {
    assert(
      late === undefined || (late >= 0 && late <= MAX_DELAY_MS),
      `a delay is at most ${MAX_DELAY_MS} ms, not ${String(late)}`,
    );
  }
  assert(bytesPerSecond === undefined || bytesPerSecond >= 100, 'at least 100 bytes a second');
}

function strikes(random: Random, chance: number | undefined): boolean {
  return chance !== undefined && random.next() < chance;
}

function latenessMs({ delayMs = 0, jitterMs = 0 }: NetworkFaults, random: Random): number {
  return delayMs + (jitterMs === 0 ? 0 : random.between(0, jitterMs));
}

function withFlippedBit(chunk: Buffer, random: Random): Buffer {
  const changed = Buffer.from(chunk);
  const struck = random.whole(0, changed.length - 1);
  changed[struck] = (changed[struck] ?? 0) ^ (1 << random.whole(0, 7));
  return changed;
}
