import { createHash, timingSafeEqual } from 'node:crypto';
import { deviceIdSchema, hostStateTopic, parseDeviceTopic } from '@weighgate/protocol';

/** The name the cloud itself signs in with; no device can have it. */
export const HOST_USERNAME = 'cloud';

export interface BrokerSecrets {
  /** What every device of this installation gives as its password. */
  deviceKey: string;
  /** What the cloud's own inbox gives. A device must not be able to speak for the cloud, so it is another one. */
  hostKey: string;
}

const digestOf = (text: string | Buffer) => createHash('sha256').update(text).digest();

/** Whether this sign-in is good. The client id must be the username: else one device could evict another. */
export function maySignIn(
  signIn: { clientId: string; username: string | undefined; password: Buffer | undefined },
  secrets: BrokerSecrets,
): boolean {
  const { clientId, username, password } = signIn;
  if (username === undefined || password === undefined || clientId !== username) return false;
  const isHost = username === HOST_USERNAME;
  const expected = isHost ? secrets.hostKey : secrets.deviceKey;
  const matches = timingSafeEqual(digestOf(password), digestOf(expected));
  return matches && (isHost || deviceIdSchema.safeParse(username).success);
}

/** Whether `username` may publish there. Only presence may be retained. */
export function mayPublish(username: string, topic: string, retain: boolean): boolean {
  const named = parseDeviceTopic(topic);
  if (username === HOST_USERNAME) {
    return topic === hostStateTopic || (named?.channel === 'down' && !retain);
  }
  if (named === undefined || named.device !== username || named.channel === 'down') return false;
  return !retain || named.channel === 'state';
}

/** Whether `username` may subscribe to a filter. A device hears its own downlink and the host's presence. */
export function maySubscribe(username: string, filter: string): boolean {
  if (filter === hostStateTopic) return true;
  if (username === HOST_USERNAME) return /^wg\/v1\/d\/\+\/(up|state|live)$/.test(filter);
  const named = parseDeviceTopic(filter);
  return named?.device === username && named.channel === 'down';
}
