import { createHash } from 'node:crypto';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { failureLimit } from '../../http/failure-limit.ts';
import { stopServer } from '../../http/http-server.ts';
import { listenOn } from '../../store/listen-on.ts';
import type { KeyedCertificate } from './certificate-authority.ts';
import { type Caller, type EnrolmentAppParts, enrolmentApp } from './enrolment-app.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 500;
/** Guessing a token of 128 bits is hopeless; this keeps it from being a load. */
const refusedRequests = { failures: 10, windowMs: 600_000 };

/** The TLS listener that devices enrol at. Disposing stops it as any HTTP server. */
export interface EnrolmentServer extends AsyncDisposable {
  port: number;
}

/**
 * Starts the listener. Any certificate may be shown: which of them are good is decided for each request by the list of
 * issued ones, because one that has just ended is still good for its renewal.
 * @param server its own certificate, of the CA that devices pin
 * @throws PortInUseError
 */
export async function startEnrolmentServer(
  options: { host: string; port: number; server: KeyedCertificate },
  parts: Omit<EnrolmentAppParts, 'callerOf' | 'limit'>,
): Promise<EnrolmentServer> {
  const { host, server: own } = options;
  const limit = failureLimit(refusedRequests, parts.clock);
  const app = enrolmentApp({ ...parts, limit, callerOf });
  const server = createServer(
    {
      key: own.keyPem,
      cert: own.pem,
      ca: parts.ca.certificatePem,
      minVersion: 'TLSv1.2',
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: 16 * 1024,
    },
    getRequestListener(app.fetch),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listenOn(server, host, options.port, 'enrolment.port (or --enrolment-port)');
  return {
    port,
    [Symbol.asyncDispose]: () => stopServer(server, parts.clock),
  };
}

function callerOf(c: Context): Caller {
  const { incoming } = c.env as HttpBindings;
  const socket = incoming.socket as TLSSocket;
  const shown = socket.getPeerX509Certificate();
  return {
    address: socket.remoteAddress ?? 'unknown',
    certificateFingerprint:
      shown === undefined ? undefined : createHash('sha256').update(shown.raw).digest('hex'),
  };
}
