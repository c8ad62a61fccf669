import { everyDeviceTopic, hostStateTopic, parseDeviceTopic } from '@weighgate/protocol';
import { isHostName, isLiveName } from '../fleet/host-name.ts';

/** Whether `name` may publish there. Only presence may be retained; the cloud's ear for live weight says nothing. */
export function mayPublish(name: string, topic: string, retain: boolean): boolean {
  if (isLiveName(name)) return false;
  const named = parseDeviceTopic(topic);
  if (isHostName(name)) return topic === hostStateTopic || (named?.channel === 'down' && !retain);
  if (named === undefined || named.device !== name || named.channel === 'down') return false;
  return !retain || named.channel === 'state';
}

/** Whether `name` may subscribe to a filter. A device hears its own downlink and the host's presence. */
export function maySubscribe(name: string, filter: string): boolean {
  if (isLiveName(name)) return filter === everyDeviceTopic('live');
  if (filter === hostStateTopic) return true;
  if (isHostName(name)) return /^wg\/v1\/d\/\+\/(up|state)$/.test(filter);
  const named = parseDeviceTopic(filter);
  return named?.device === name && named.channel === 'down';
}

/** Whether a message on a topic may be handed to `name`, whatever it is subscribed to: the last lock. */
export function mayHear(name: string, topic: string): boolean {
  const named = parseDeviceTopic(topic);
  if (isLiveName(name)) return named?.channel === 'live';
  if (topic === hostStateTopic) return true;
  if (named === undefined) return false;
  return isHostName(name)
    ? named.channel === 'up' || named.channel === 'state'
    : named.device === name && named.channel === 'down';
}

/** The three questions a broker asks; handed in, so that a proof can see that the wrong answers are found out. */
export interface BrokerRules {
  mayPublish: typeof mayPublish;
  maySubscribe: typeof maySubscribe;
  mayHear: typeof mayHear;
}
export const brokerRules: BrokerRules = { mayPublish, maySubscribe, mayHear };
