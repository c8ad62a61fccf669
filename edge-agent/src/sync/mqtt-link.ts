import { Socket } from 'node:net';
import type { Clock } from '@weighgate/protocol';
import { connect, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { linkFaultOf } from './link-fault.ts';

/** Where the broker is and who we are there. */
export interface BrokerSettings {
  url: string;
  /** Client id and user name at once: the broker lets a device speak only under its own name. */
  device: string;
  /** How the device proves it; asked anew for each connection, because certificates are renewed. */
  credentials: () => BrokerCredentials;
}

/** A password, a certificate with its key and the CA that is trusted (PEM), or why there is nothing to show yet. */
export type BrokerCredentials =
  | { kind: 'password'; password: string }
  | { kind: 'certificate'; ca: string; cert: string; key: string }
  | { kind: 'none'; detail: string };

/** What the link tells as it comes and goes. */
export type LinkEvent =
  | { kind: 'up'; publish: Publish; publishLive: PublishLive }
  | { kind: 'down' }
  | { kind: 'message'; topic: string; payload: Uint8Array; retained: boolean };

/** Hands one QoS 1 message to the broker. Resolves on its PUBACK, which proves nothing about the cloud. */
export type Publish = (topic: string, payload: string, options?: { retain?: boolean }) => Promise<void>;

/**
 * Hands one QoS 0 message to the broker. It is dropped, and false told, when there is no connection or the socket has not
 * taken what was written before: history goes first.
 */
export type PublishLive = (topic: string, payload: string) => boolean;

export interface Will {
  topic: string;
  payload: string;
}

export interface MqttLinkParts {
  clock: Clock;
  random: () => number;
  log: Logger;
}

/** Keeps a connection to the broker until `signal` is aborted, and tells of it. */
export type RunLink = typeof runMqttLink;

const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_SECONDS = 20;
/** Longest wait for a broker to let a client go. */
const LEAVE_MS = 500;

/**
 * Keeps a connection to the broker: connects, subscribes, reports, and connects anew with jittered back-off. Each
 * connection is a client of its own, with a will of its own, so nothing of an old one lingers. Ends soon after `signal` is aborted.
 */
export async function runMqttLink(
  broker: BrokerSettings,
  subscriptions: readonly string[],
  will: () => Will,
  onEvent: (event: LinkEvent) => void,
  { clock, random, log }: MqttLinkParts,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  let lastReason = '';
  while (!signal.aborted) {
    const { wasUp, reason } = await linkOnce();
    onEvent({ kind: 'down' });
    if (signal.aborted) return;
    if (wasUp) failures = 0;
    // A broker that stays away says the same at every attempt: once is enough.
    if (wasUp || reason !== lastReason) log.warn({ broker: broker.url, detail: reason }, 'link.down');
    lastReason = reason;
    // Any time up to the longest: after an outage of many devices none of them comes back in step.
    const longestMs = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(failures, 10));
    const pauseMs = RECONNECT_MIN_MS / 2 + longestMs * random();
    failures += 1;
    await clock.sleep(pauseMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** One connection from its first attempt to its end, for whichever reason it ends. */
  async function linkOnce(): Promise<{ wasUp: boolean; reason: string }> {
    const credentials = broker.credentials();
    if (credentials.kind === 'none') return { wasUp: false, reason: credentials.detail };
    const ended = Promise.withResolvers<string>();
    const onAbort = () => ended.resolve('stopped');
    signal.addEventListener('abort', onAbort, { once: true });
    let isOver = false;
    let wasUp = false;
    const client = connectTo(broker, credentials, will());
    client.on('error', (error) => ended.resolve(linkFaultOf(error, clock.now())));
    client.on('close', () => ended.resolve('the connection was closed'));
    client.on('message', (topic, payload, { retain }) => {
      if (!isOver) onEvent({ kind: 'message', topic, payload, retained: retain });
    });
    client.once('connect', () => {
      // TCP would hold a small message back for 40 ms while an earlier one is not confirmed.
      if (client.stream instanceof Socket) client.stream.setNoDelay(true);
      client.subscribe([...subscriptions], { qos: 1 }, (error) => {
        if (isOver) return;
        if (error) {
          ended.resolve(`subscribing was refused: ${error.message}`);
          return;
        }
        wasUp = true;
        log.info({ broker: broker.url }, 'link.up');
        onEvent({ kind: 'up', publish, publishLive });
      });
    });

    async function publish(topic: string, payload: string, options?: { retain?: boolean }): Promise<void> {
      if (isOver || !client.connected) throw new Error('the connection to the broker is gone');
      await client.publishAsync(topic, payload, { qos: 1, retain: options?.retain ?? false });
    }

    function publishLive(topic: string, payload: string): boolean {
      if (isOver || !client.connected || client.stream.writableNeedDrain) return false;
      client.publish(topic, payload, { qos: 0 });
      return true;
    }

    const reason = await ended.promise;
    isOver = true;
    signal.removeEventListener('abort', onAbort);
    await leave(client, signal.aborted && client.connected);
    return { wasUp, reason };
  }

  /** With `politely` the broker is told, and sends no will; it has to answer what was sent, so that is given a moment. */
  async function leave(client: MqttClient, politely: boolean): Promise<void> {
    const patience = new AbortController();
    const waited = clock.sleep(LEAVE_MS, patience.signal).catch((error: unknown) => {
      if (!patience.signal.aborted) throw error;
    });
    await Promise.race([client.endAsync(!politely), waited]);
    patience.abort();
    client.stream.destroy();
  }
}

function connectTo(
  { url, device }: BrokerSettings,
  credentials: Exclude<BrokerCredentials, { kind: 'none' }>,
  { topic, payload }: Will,
): MqttClient {
  const { kind, ...shown } = credentials;
  return connect(url, {
    clientId: device,
    // By certificate, the name stands in it.
    ...(kind === 'password' ? { username: device } : {}),
    ...shown,
    protocolVersion: 4,
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    queueQoSZero: false,
    will: { topic, payload: Buffer.from(payload), qos: 1, retain: true },
  });
}
