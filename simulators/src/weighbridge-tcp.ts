import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { FrameSource } from './weighbridge.ts';

/** A client that lets more than this wait in its buffer does not read, and is disconnected. */
const MAX_WAITING_BYTES = 64 * 1024;
const MAX_CLIENTS = 32;

/** The simulated indicator could not be served over TCP. `message` says why and what to do. */
export class WeighbridgeTcpError extends Error {
  override readonly name = 'WeighbridgeTcpError';
  readonly code: 'port_in_use' | 'cannot_listen';

  constructor(code: WeighbridgeTcpError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** A weighbridge on a TCP port, until disposed of. */
export interface TcpWeighbridge extends AsyncDisposable {
  readonly port: number;
  /** Cuts every connection, as a pulled cable or a restarted converter does. Clients may connect again at once. */
  disconnectAll(): void;
}

/**
 * Writes the weighbridge's frames to every client that connects, and answers what clients ask, each one for itself.
 * @param address `port` 0 takes any free one
 * @throws WeighbridgeTcpError when it cannot listen there
 */
export async function serveWeighbridgeOverTcp(
  weighbridge: FrameSource,
  address: { host: string; port: number },
): Promise<TcpWeighbridge> {
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    const send = (frame: Uint8Array) => {
      if (socket.writableLength > MAX_WAITING_BYTES) socket.destroy();
      else socket.write(frame);
    };
    const detach = weighbridge.attach(send);
    socket.on('data', (bytes) => weighbridge.hear?.(send, bytes));
    socket.once('close', () => {
      detach();
      clients.delete(socket);
    });
    // A connection that breaks is a client that left; 'close' follows and takes it off the list.
    socket.on('error', () => socket.destroy());
  });
  server.maxConnections = MAX_CLIENTS;
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenErrorOf(error, address);
  }

  const disconnectAll = () => {
    for (const socket of clients) socket.destroy();
  };
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    disconnectAll,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      disconnectAll();
      await closed;
    },
  };
}

function listenErrorOf(error: unknown, { host, port }: { host: string; port: number }): WeighbridgeTcpError {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const message = `TCP port ${port} on ${host} is in use by another program. Stop that program, or choose another port for the simulated indicator.`;
    return new WeighbridgeTcpError('port_in_use', message, error);
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The simulated indicator cannot listen on TCP port ${port} of ${host}: ${reason}`;
  return new WeighbridgeTcpError('cannot_listen', message, error);
}
