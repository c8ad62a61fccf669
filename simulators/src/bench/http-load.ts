import { connect, type Socket } from 'node:net';
import { percentileOf } from './result.ts';

/** What a server answered to so many clients for so long. */
export interface LoadResult {
  perSecond: number;
  /** Of single requests, in milliseconds. */
  p99Ms: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Clients on connections that stay open, each sending its next request when the last one is answered; written on bare
 * sockets, so that the client costs as little as it can.
 * @param requestOf the whole request as it goes over the wire, by its number
 * @throws Error for an answer of another status than the one expected
 */
export async function loadHttp(
  port: number,
  { clients, forMs, status }: { clients: number; forMs: number; status: number },
  requestOf: (number: number) => string,
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let sent = 0;
  const startedMs = performance.now();
  const client = async () => {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    try {
      while (performance.now() - startedMs < forMs) {
        const beganMs = performance.now();
        socket.write(requestOf(sent));
        sent += 1;
        const got = await readAnswer(socket);
        if (got !== status) throw new Error(`expected ${status}, and got ${got}`);
        latenciesMs.push(performance.now() - beganMs);
      }
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const tookMs = performance.now() - startedMs;
  return { perSecond: (latenciesMs.length * 1_000) / tookMs, p99Ms: percentileOf(latenciesMs, 99) };
}

/** Reads one answer with a length to its end. @returns its status */
function readAnswer(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let got: Buffer = Buffer.alloc(0);
    const settle = (work: () => void) => {
      socket.off('data', take).off('error', reject).off('close', cut);
      work();
    };
    const cut = () =>
      settle(() => reject(new Error('the connection was closed before the answer was whole')));
    const take = (bytes: Buffer) => {
      got = got.length === 0 ? bytes : Buffer.concat([got, bytes]);
      const headEnd = got.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = got.toString('latin1', 0, headEnd);
      const length = /content-length: (\d+)/i.exec(head)?.[1];
      if (length === undefined) {
        settle(() => reject(new Error(`an answer without a length: ${head}`)));
        return;
      }
      if (got.length >= headEnd + HEAD_END.length + Number(length))
        settle(() => resolve(Number(head.slice(9, 12))));
    };
    socket.on('data', take).on('error', reject).on('close', cut);
  });
}
