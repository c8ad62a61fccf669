import { serve } from '@hono/node-server';
import type { Clock } from '@weighgate/protocol';
import type { Hono } from 'hono';

/** A listening HTTP server. */
export interface HttpServer extends AsyncDisposable {
  url: string;
  port: number;
}

/** The port cannot be had. */
export class PortError extends Error {
  readonly code: 'port_in_use' | 'port_refused';
  constructor(code: PortError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PortError';
    this.code = code;
  }
}

/** How long a request in progress may take to finish when the server stops. */
const DRAIN_MS = 1_000;

/**
 * Listens on one address. Stopping lets requests in progress finish, then cuts what is left.
 * @param port 0 takes any that is free
 * @throws PortError `port_in_use`, `port_refused`
 */
export function serveHttp(
  app: { fetch: Hono['fetch'] },
  { host, port }: { host: string; port: number },
  clock: Clock,
): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address) => {
      server.off('error', refuse);
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
        port: address.port,
        [Symbol.asyncDispose]: async () => {
          const closed = new Promise<void>((done) => server.close(() => done()));
          const drained = new AbortController();
          const waited = clock.sleep(DRAIN_MS, drained.signal).catch((error: unknown) => {
            if (!drained.signal.aborted) throw error;
          });
          await Promise.race([closed, waited]);
          drained.abort();
          if ('closeAllConnections' in server) server.closeAllConnections();
          await closed;
        },
      });
    });
    const refuse = (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new PortError('port_in_use', `Port ${port} on ${host} is in use by another program.`, { cause })
          : new PortError('port_refused', `Port ${port} on ${host} cannot be opened: ${cause.message}`, {
              cause,
            }),
      );
    server.once('error', refuse);
  });
}
