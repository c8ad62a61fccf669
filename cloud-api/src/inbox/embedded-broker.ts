import { createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type Clock, MAX_MESSAGE_BYTES } from '@weighgate/protocol';
import { Aedes, type Client } from 'aedes';
import type { Logger } from 'pino';
import type { KeyedCertificate } from '../fleet/enrolment/certificate-authority.ts';
import { listenOn } from '../store/listen-on.ts';
import { brokerFront, type FrontLimits, frontLimits } from './broker-front.ts';
import { type BrokerSession, brokerHooks } from './broker-hooks.ts';
import { type BrokerRules, brokerRules } from './broker-rules.ts';
import { guardPacketSize } from './packet-size-guard.ts';

const MAX_CONNECT_BYTES = 64 * 1024;
/** A message of full size with its topic and header. */
const MAX_PACKET_BYTES = MAX_MESSAGE_BYTES + 1_024;
/** Whoever reads nothing for so long is cut: while it is waited for, the others wait too. */
const DRAIN_TIMEOUT_MS = 3_000;
/** A client has to say within 1.5 times this that it is alive; 0, which is never, is refused too. */
const KEEPALIVE_LIMIT_SECONDS = 300;

/** A running broker. Disposing closes every connection. */
export interface EmbeddedBroker extends AsyncDisposable {
  url: string;
  port: number;
  /** Cuts every connection whose certificate is not among those that `notRevoked` leaves. */
  cutRevoked(): Promise<void>;
}

export interface EmbeddedBrokerOptions {
  host: string;
  port: number;
  clock: Clock;
  log: Logger;
  /** The broker's own certificate, of the CA that devices pin. */
  server: Pick<KeyedCertificate, 'pem' | 'keyPem'>;
  /** CA of the devices' certificates, in PEM. */
  ca: string;
  isAdmitted(session: BrokerSession): Promise<boolean>;
  /** Those of the given certificates' fingerprints that are not revoked. */
  notRevoked(fingerprints: readonly string[]): Promise<Set<string>>;
  limits?: FrontLimits;
  /** Left out, those of this house. */
  rules?: BrokerRules;
}

/**
 * Starts an MQTT 3.1.1 broker (aedes) for one machine, over TLS with a certificate for each client. A device reaches
 * its own topics only. It keeps nothing: the journal on the device is the store, never the broker.
 * @throws PortInUseError
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { log, clock, limits = frontLimits } = options;
  await using started = new AsyncDisposableStack();
  const front = started.use(brokerFront(limits, { clock, log }));
  const sessions = new Map<Duplex, { session: BrokerSession; raw: Socket; cut: () => void }>();
  const entryOf = (client: Client) => sessions.get(client.conn as Duplex);

  const broker = await Aedes.createBroker({
    connectTimeout: limits.patienceMs,
    drainTimeout: DRAIN_TIMEOUT_MS,
    concurrency: 100,
    queueLimit: 42,
    maxInflightInbound: 20,
    maxTopicLevels: 8,
    keepaliveLimit: KEEPALIVE_LIMIT_SECONDS,
    ...brokerHooks({
      clock,
      log,
      rules: options.rules ?? brokerRules,
      signInsPerMinute: limits.signInsPerMinute,
      sessionOf: (client) => entryOf(client)?.session,
      isAdmitted: (session) => options.isAdmitted(session),
      onSignedIn: (client) => {
        const raw = entryOf(client)?.raw;
        if (raw !== undefined) front.settle(raw);
      },
      onRefused: ({ address }) => front.noteFailure(address),
    }),
  });
  started.defer(() => new Promise((done) => broker.close(done)));
  const noteError = (client: Client, error: Error & { code?: string }) => {
    // A client that says goodbye ends its connection, and the pair of streams calls that an abort.
    const level = error.code === 'ABORT_ERR' ? 'debug' : 'warn';
    log[level]({ clientId: client.id, err: error }, 'broker.connection_error');
  };
  broker.on('clientError', noteError);
  broker.on('connectionError', noteError);
  // aedes names no such event in its types, and without a listener it would end the process.
  (broker as EventEmitter).on('error', (error: Error) => log.error({ err: error }, 'broker.failed'));

  const secured = createTlsServer({
    key: options.server.keyPem,
    cert: options.server.pem,
    ca: options.ca,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.patienceMs,
  });
  secured.on('tlsClientError', (error, socket) => {
    const address = socket.remoteAddress ?? 'unknown';
    log.warn({ address, detail: error.message }, 'broker.handshake_refused');
    front.noteFailure(address);
  });
  const rawOf = new Map<string, Socket>();
  const server = createServer((raw) => {
    raw.setNoDelay(true);
    raw.on('error', (error) => log.debug({ detail: error.message }, 'broker.socket_error'));
    if (!front.take(raw)) return;
    const key = `${raw.remoteAddress} ${raw.remotePort}`;
    rawOf.set(key, raw);
    raw.once('close', () => rawOf.delete(key));
    secured.emit('connection', raw);
  });
  secured.on('secureConnection', (socket) => {
    const session = sessionOf(socket);
    const raw = rawOf.get(`${socket.remoteAddress} ${socket.remotePort}`);
    if (session === undefined || raw === undefined) {
      socket.destroy();
      return;
    }
    const guard = guardPacketSize({ firstBytes: MAX_CONNECT_BYTES, laterBytes: MAX_PACKET_BYTES });
    // An error on either side ends both; the broker hears of it through the pair it was given.
    socket.on('error', (error) => guard.destroy(error));
    guard.on('error', () => socket.destroy());
    const pair = Duplex.from({ readable: socket.pipe(guard), writable: socket });
    sessions.set(pair, { session, raw, cut: () => socket.destroy() });
    socket.once('close', () => sessions.delete(pair));
    broker.handle(pair);
  });

  const port = await listenOn(server, options.host, options.port, 'mqtt.embedded.port (or --mqtt-port)');
  // Listening ends first, then the front cuts what is open, so that closing is never waited for.
  started.defer(() => void server.close());
  log.info({ port }, 'broker.ready');
  const running = started.move();
  return {
    url: `mqtts://${options.host}:${port}`,
    port,
    cutRevoked: async () => {
      const open = [...sessions.values()];
      const good = await options.notRevoked(open.map(({ session }) => session.fingerprint));
      for (const { session, cut } of open) {
        if (good.has(session.fingerprint)) continue;
        log.warn({ name: session.name, fingerprint: session.fingerprint }, 'broker.revoked_cut');
        cut();
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Who the certificate says it is; undefined for a handshake without one. */
function sessionOf(socket: TLSSocket): BrokerSession | undefined {
  const certificate = socket.getPeerX509Certificate();
  const [, name] = /^CN=([^\n]+)$/.exec(certificate?.subject ?? '') ?? [];
  if (certificate === undefined || name === undefined) return undefined;
  return {
    name,
    fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
    address: socket.remoteAddress ?? 'unknown',
  };
}
