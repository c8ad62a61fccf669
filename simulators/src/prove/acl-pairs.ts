import { systemClock } from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { listenAs, listenAsHost, tryToPublish } from './acl-ears.ts';
import type { AclTarget } from './acl-target.ts';

/** How long a message is waited for that must not come. */
const QUIET_MS = 300;
const channels = ['up', 'down', 'state', 'live'] as const;
const topicOf = (device: string, channel: string) => `wg/v1/d/${device}/${channel}`;

/**
 * Lets every device try every way to reach every other one: publishing on its topics, kept and not, with a will on them,
 * and subscribing to them in all the ways there are.
 * @returns what was delivered that must not be; empty when the walls stand
 */
export async function crossDeliveries(
  target: AclTarget,
  devices: readonly string[],
): Promise<{ tried: number; found: string[] }> {
  const found: string[] = [];
  let tried = 0;
  await using host = await listenAsHost(target);
  for (const from of devices) {
    for (const to of devices.filter((device) => device !== from)) {
      tried += await tryPair(target, from, to, host.heard, found);
    }
  }
  return { tried, found };
}

async function tryPair(
  target: AclTarget,
  from: string,
  to: string,
  heardByHost: string[],
  found: string[],
): Promise<number> {
  const mark = `from-${from}`;
  const victimFilters = [topicOf(to, 'down'), 'wg/v1/host/state'];
  await using victim = await listenAs(target, to, victimFilters);
  let tried = 0;
  for (const topic of [...channels.map((channel) => topicOf(to, channel)), 'wg/v1/host/state']) {
    for (const retain of [false, true]) {
      await using intruder = await listenAs(target, from, []);
      await tryToPublish(intruder.client, topic, `${mark} retain=${retain}`, retain);
      tried += 1;
    }
  }
  for (const topic of [topicOf(to, 'down'), topicOf(to, 'state'), 'wg/v1/host/state']) {
    await leaveWill(target, from, topic, `${mark} will`);
    tried += 1;
  }
  await systemClock.sleep(QUIET_MS);
  const delivered = [
    ...heardByHost.map((message) => `the cloud heard ${message}`),
    ...victim.heard.map((message) => `${to} heard ${message}`),
  ];
  found.push(...delivered.filter((message) => message.includes(mark)));
  heardByHost.length = 0;
  victim.heard.length = 0;

  // What was kept is handed out to whoever subscribes next.
  await using late = await listenAs(target, to, victimFilters);
  await using lateHost = await listenAs(target, 'cloud-2', ['wg/v1/d/+/state', 'wg/v1/d/+/up']);
  await systemClock.sleep(QUIET_MS);
  found.push(
    ...[...late.heard, ...lateHost.heard]
      .filter((message) => message.includes(mark))
      .map((message) => `kept: ${message}`),
  );

  const filters = [
    ...channels.map((channel) => topicOf(to, channel)),
    ...['#', '+/#', 'wg/#', 'wg/v1/d/+/+', 'wg/v1/d/+/up', 'wg/v1/d/+/down', `wg/v1/d/${to}/#`, '$SYS/#'],
    ...['$share/x/#', `$share/x/${topicOf(to, 'down')}`, '$share/x/wg/v1/d/+/up'],
  ];
  await using listener = await listenAs(target, from, filters);
  await using speaker = await listenAs(target, to, []);
  await using hostSpeaker = await listenAs(target, 'cloud-3', []);
  for (const channel of ['up', 'state', 'live'])
    await tryToPublish(speaker.client, topicOf(to, channel), 'private');
  await tryToPublish(hostSpeaker.client, topicOf(to, 'down'), 'private');
  await systemClock.sleep(QUIET_MS);
  found.push(...listener.heard.map((message) => `${from} heard ${message}`));
  const arrived = heardByHost.filter((message) => message.endsWith(' private')).length;
  if (arrived !== 3)
    found.push(`of 3 messages that ${to} may send, the cloud heard ${arrived}: nothing is proven`);
  heardByHost.length = 0;
  return tried + filters.length;
}

/** Connects with a will for that topic and is cut off. */
async function leaveWill(target: AclTarget, from: string, topic: string, payload: string): Promise<void> {
  const will = { topic, payload: Buffer.from(payload), qos: 1 as const, retain: false };
  try {
    const client = await connectAsync(target.url, { ...(await target.clientOptions(from)), will }, false);
    client.on('error', () => undefined);
    client.stream.destroy();
    await client.endAsync(true);
  } catch {
    // Not being let in at all is as good.
  }
}
