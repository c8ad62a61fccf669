import {
  type Clock,
  type HostState,
  hostStateSchema,
  hostStateTopic,
  isoInstant,
  readPayload,
} from '@weighgate/protocol';
import type { MqttClient } from 'mqtt';
import type { Logger } from 'pino';

/** So often it is said again that an inbox listens: one lost message must not keep a device silent for ever. */
export const HOST_STATE_EVERY_MS = 15 * 60_000;

/** What the broker says for us when our connection breaks. */
export function hostWill(clock: Clock) {
  const payload = Buffer.from(JSON.stringify(hostState(false, clock)));
  return { topic: hostStateTopic, payload, qos: 1, retain: true } as const;
}

/** Says whether an inbox listens. Retained. */
export function publishHostState(client: MqttClient, online: boolean, clock: Clock, log: Logger): void {
  const payload = JSON.stringify(hostState(online, clock));
  client.publish(hostStateTopic, payload, { qos: 1, retain: true }, (error) => {
    if (error) log.warn({ err: error, online }, 'inbox.presence_not_published');
  });
}

/** Says that an inbox listens, at once and every so often, until `signal` is aborted. */
export async function keepSayingOnline(
  client: MqttClient,
  { clock, log }: { clock: Clock; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    publishHostState(client, true, clock, log);
    await clock.sleep(HOST_STATE_EVERY_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

/**
 * Whether somebody said that no inbox listens: the will or the goodbye of another replica. One that still listens has to
 * say so again, or the devices would hold their history back for nothing.
 */
export function saysOffline(payload: Uint8Array): boolean {
  const reading = readPayload(hostStateSchema, payload);
  return reading.ok && !reading.message.online;
}

function hostState(online: boolean, clock: Clock): HostState {
  return { v: 1, online, at: isoInstant(clock.now()) };
}
