import { createServer, type RequestListener, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '@weighgate/protocol';
import { withDeadline } from '../store/deadline.ts';
import { listenOn } from '../store/listen-on.ts';

const FINISH_TIMEOUT_MS = 1_000;
/** Longer than any statement may run. */
const DRAIN_FINISH_TIMEOUT_MS = 10_000;

export interface HttpServerOptions {
  host: string;
  port: number;
  fetch: (request: Request) => Response | Promise<Response>;
  clock: Clock;
  timeouts?: SlowTimeouts;
}

/** How long a client may take to send. */
export interface SlowTimeouts {
  headersMs: number;
  /** For the whole request, headers and body. */
  requestMs: number;
  /** How often it is looked at: at Node's own 30 s the timeouts would be four times what they say. */
  lookMs: number;
}

const usualTimeouts: SlowTimeouts = { headersMs: 10_000, requestMs: 30_000, lookMs: 1_000 };

/** A listening server. Disposing stops accepting, lets running requests finish for a second, then cuts. */
export interface HttpServer extends AsyncDisposable {
  url: string;
  port: number;
  /**
   * Takes leave without losing a request: for `announceMs` everything is still answered, each answer closing its connection,
   * then nothing more is accepted and what runs is finished, within 10 s. Readiness has to say no before.
   */
  drain(announceMs: number): Promise<void>;
}

/** @throws PortInUseError */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, clock, timeouts = usualTimeouts } = options;
  const answer: RequestListener = getRequestListener(options.fetch);
  let isLeaving = false;
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      connectionsCheckingInterval: timeouts.lookMs,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      if (isLeaving) response.setHeader('connection', 'close');
      return answer(request, response);
    },
  );
  const port = await listenOn(server, host, options.port, 'http.port (or --http-port)');
  return {
    url: `http://${host}:${port}`,
    port,
    drain: async (announceMs) => {
      isLeaving = true;
      await clock.sleep(announceMs);
      await stopServer(server, clock, DRAIN_FINISH_TIMEOUT_MS);
    },
    [Symbol.asyncDispose]: () => stopServer(server, clock),
  };
}

/** Stops accepting, lets running requests finish, for a second unless told otherwise, then cuts. */
export async function stopServer(
  server: Server,
  clock: Clock,
  finishMs: number = FINISH_TIMEOUT_MS,
): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const finished = await withDeadline(clock, finishMs, closed);
  if (finished.kind === 'done') return;
  server.closeAllConnections();
  await closed;
}
