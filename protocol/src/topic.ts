import { deviceIdSchema } from './id.ts';

/** `up` and `down` carry the sync messages, `state` is retained presence, `live` is QoS 0 on request. */
const channels = ['up', 'down', 'state', 'live'] as const;
export type Channel = (typeof channels)[number];

/** The only place an MQTT topic of a device is built. */
export function deviceTopic(device: string, channel: Channel): string {
  return `wg/v1/d/${deviceIdSchema.parse(device)}/${channel}`;
}

/** What the cloud subscribes to in order to hear every device on one channel. */
export function everyDeviceTopic(channel: Channel): string {
  return `wg/v1/d/+/${channel}`;
}

/** Retained: whether an inbox is listening. */
export const hostStateTopic = 'wg/v1/host/state';

/** The device and channel a topic names; undefined when it is not one of ours. */
export function parseDeviceTopic(topic: string): { device: string; channel: Channel } | undefined {
  const [, device, channel] = /^wg\/v1\/d\/([^/]+)\/([^/]+)$/.exec(topic) ?? [];
  const known = channels.find((name) => name === channel);
  if (known === undefined || !deviceIdSchema.safeParse(device).success) return undefined;
  return { device: device as string, channel: known };
}
