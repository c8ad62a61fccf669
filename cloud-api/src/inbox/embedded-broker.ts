import type { EventEmitter } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { MAX_MESSAGE_BYTES } from '@weighgate/protocol';
import { Aedes, type Client } from 'aedes';
import type { Logger } from 'pino';
import { listenOn } from '../store/listen-on.ts';
import { type BrokerSecrets, mayPublish, maySignIn, maySubscribe } from './broker-rules.ts';
import { guardPacketSize } from './packet-size-guard.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 1_000;
const MAX_CONNECT_BYTES = 64 * 1024;
/** A message of full size with its topic and header. */
const MAX_PACKET_BYTES = MAX_MESSAGE_BYTES + 1_024;

/** A running broker. Disposing closes every connection. */
export interface EmbeddedBroker extends AsyncDisposable {
  url: string;
  port: number;
}

/**
 * Starts an MQTT 3.1.1 broker (aedes) for one machine. Nobody gets in without a key, and a device reaches its own
 * topics only. It keeps sessions in memory: the journal on the device is the store, never the broker.
 * @throws PortInUseError
 */
export async function startEmbeddedBroker(
  options: { host: string; port: number; log: Logger } & BrokerSecrets,
): Promise<EmbeddedBroker> {
  const { log } = options;
  const names = new WeakMap<Client, string>();
  const nameOf = (client: Client | null) => (client === null ? undefined : names.get(client));

  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    drainTimeout: 30_000,
    concurrency: 100,
    queueLimit: 42,
    maxInflightInbound: 20,
    maxTopicLevels: 8,
    authenticate: (client, username, password, done) => {
      const good = maySignIn({ clientId: client.id, username, password }, options);
      if (good && username !== undefined) names.set(client, username);
      else log.warn({ clientId: client.id, username }, 'broker.sign_in_refused');
      done(null, good);
    },
    authorizePublish: (client, packet, done) => {
      const name = nameOf(client);
      const allowed = name !== undefined && mayPublish(name, packet.topic, packet.retain);
      if (!allowed) log.warn({ name, topic: packet.topic }, 'broker.publish_refused');
      done(allowed ? null : new Error('not allowed to publish there'));
    },
    authorizeSubscribe: (client, subscription, done) => {
      const name = nameOf(client);
      const allowed = name !== undefined && maySubscribe(name, subscription.topic);
      if (!allowed) log.warn({ name, topic: subscription.topic }, 'broker.subscribe_refused');
      done(null, allowed ? subscription : null);
    },
  });
  const noteError = (client: Client, error: Error & { code?: string }) => {
    // A client that says goodbye ends its connection, and the pair of streams calls that an abort.
    const level = error.code === 'ABORT_ERR' ? 'debug' : 'warn';
    log[level]({ clientId: client.id, err: error }, 'broker.connection_error');
  };
  broker.on('clientError', noteError);
  broker.on('connectionError', noteError);
  // aedes names no such event in its types, and without a listener it would end the process.
  (broker as EventEmitter).on('error', (error: Error) => log.error({ err: error }, 'broker.failed'));

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    const guard = guardPacketSize({ firstBytes: MAX_CONNECT_BYTES, laterBytes: MAX_PACKET_BYTES });
    // An error on either side ends both; the broker hears of it through the pair it was given.
    socket.on('error', (error) => guard.destroy(error));
    guard.on('error', () => socket.destroy());
    broker.handle(Duplex.from({ readable: socket.pipe(guard), writable: socket }));
  });
  server.maxConnections = MAX_CONNECTIONS;

  let port: number;
  try {
    port = await listenOn(server, options.host, options.port, 'mqtt.embedded.port (or --mqtt-port)');
  } catch (error) {
    await closeBroker(broker);
    throw error;
  }
  log.info({ port }, 'broker.ready');
  return {
    url: `mqtt://${options.host}:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      await closeBroker(broker);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function closeBroker(broker: Aedes): Promise<void> {
  return new Promise((done) => broker.close(done));
}
