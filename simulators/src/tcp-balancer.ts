import { connect, createServer, type Socket } from 'node:net';
import { listenOn } from '@weighgate/cloud-api/src/store/listen-on.ts';
import type { Clock } from '@weighgate/protocol';

const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 1_000;

/** Hands each connection to the next replica that says it is ready, as a Service of Kubernetes does. */
export interface TcpBalancer extends AsyncDisposable {
  url: string;
  /** Whether the replica on this port gets connections now. */
  isReady(port: number): boolean;
}

/** @param ports of the replicas on loopback; each is asked for `/health/ready` ten times a second */
export async function startTcpBalancer(ports: readonly number[], clock: Clock): Promise<TcpBalancer> {
  const ready = new Set<number>();
  const stopped = new AbortController();
  let turn = 0;
  const probe = async (port: number) => {
    while (!stopped.signal.aborted) {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok === true) ready.add(port);
      else ready.delete(port);
      await clock.sleep(PROBE_EVERY_MS);
    }
  };
  const probes = ports.map(probe);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const [port] = [...ready].toSorted((a, b) => a - b).slice(turn % Math.max(1, ready.size));
    turn += 1;
    if (port === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          sockets.delete(one);
          // What came last is still on its way to the other side.
          other.destroySoon();
        });
      one.pipe(other);
    }
  });
  const port = await listenOn(server, '127.0.0.1', 0, 'port');
  return {
    url: `http://127.0.0.1:${port}`,
    isReady: (replica) => ready.has(replica),
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await Promise.all(probes);
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
