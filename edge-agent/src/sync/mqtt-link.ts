import type { Clock } from '@weighgate/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';

/** Where the broker is and who we are there. */
export interface BrokerSettings {
  url: string;
  /** Client id and user name at once: the broker lets a device speak only under its own name. */
  device: string;
  password: string;
}

/** What the link tells as it comes and goes. */
export type LinkEvent =
  | { kind: 'up'; publish: Publish }
  | { kind: 'down' }
  | { kind: 'message'; topic: string; payload: Uint8Array };

/** Hands one QoS 1 message to the broker. Resolves on its PUBACK, which proves nothing about the cloud. */
export type Publish = (topic: string, payload: string, options?: { retain?: boolean }) => Promise<void>;

export interface Will {
  topic: string;
  payload: string;
}

export interface MqttLinkParts {
  clock: Clock;
  random: () => number;
  log: Logger;
}

const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_SECONDS = 20;

/**
 * Keeps a connection to the broker: connects, subscribes, reports, and connects anew with jittered back-off. Each
 * connection is a client of its own, so nothing of an old one lingers. Ends when `signal` is aborted.
 */
export async function runMqttLink(
  broker: BrokerSettings,
  subscriptions: readonly string[],
  will: Will,
  onEvent: (event: LinkEvent) => void,
  { clock, random, log }: MqttLinkParts,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const client = await connect(broker, will);
      try {
        const ended = whenEnded(client, signal);
        client.on('message', (topic, payload) => onEvent({ kind: 'message', topic, payload }));
        await client.subscribeAsync([...subscriptions], { qos: 1 });
        failures = 0;
        log.info({ broker: broker.url }, 'link.up');
        onEvent({
          kind: 'up',
          publish: async (topic, payload, options) => {
            await client.publishAsync(topic, payload, { qos: 1, retain: options?.retain ?? false });
          },
        });
        await ended;
      } finally {
        // A client that is still connected says goodbye; a will after that would be a lie.
        await client.endAsync(!client.connected || !signal.aborted);
      }
    } catch (error) {
      if (failures === 0) log.warn({ broker: broker.url, detail: (error as Error).message }, 'link.failed');
    }
    onEvent({ kind: 'down' });
    if (signal.aborted) return;
    const pauseMs =
      Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(failures, 10)) * (0.5 + random());
    failures += 1;
    await clock.sleep(pauseMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

function connect({ url, device, password }: BrokerSettings, { topic, payload }: Will): Promise<MqttClient> {
  return connectAsync(
    url,
    {
      clientId: device,
      username: device,
      password,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      queueQoSZero: false,
      will: { topic, payload: Buffer.from(payload), qos: 1, retain: true },
    },
    false,
  );
}

function whenEnded(client: MqttClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', () => resolve());
    client.on('error', () => client.end(true));
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
