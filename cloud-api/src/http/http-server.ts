import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '@weighgate/protocol';
import { withDeadline } from '../store/deadline.ts';
import { listenOn } from '../store/listen-on.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const FINISH_TIMEOUT_MS = 1_000;

export interface HttpServerOptions {
  host: string;
  port: number;
  fetch: (request: Request) => Response | Promise<Response>;
  clock: Clock;
}

/** A listening server. Disposing stops accepting, lets running requests finish for a second, then cuts. */
export interface HttpServer extends AsyncDisposable {
  url: string;
  port: number;
}

/** @throws PortInUseError */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, clock } = options;
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 16 * 1024 },
    getRequestListener(options.fetch),
  );
  const port = await listenOn(server, host, options.port, 'http.port (or --http-port)');
  return { url: `http://${host}:${port}`, port, [Symbol.asyncDispose]: () => stopServer(server, clock) };
}

/** Stops accepting, lets running requests finish for a second, then cuts. */
export async function stopServer(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const finished = await withDeadline(clock, FINISH_TIMEOUT_MS, closed);
  if (finished.kind === 'done') return;
  server.closeAllConnections();
  await closed;
}
