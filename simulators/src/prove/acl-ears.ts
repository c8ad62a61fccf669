import { connectAsync, type MqttClient } from 'mqtt';
import type { AclTarget } from './acl-target.ts';

/** A client that notes what it is given. */
export interface Ear extends AsyncDisposable {
  client: MqttClient;
  /** `topic payload` of each message, in order. */
  heard: string[];
}

/** Connects under a name; the filters that are refused are left out. */
export async function listenAs(target: AclTarget, name: string, filters: readonly string[]): Promise<Ear> {
  const client = await connectAsync(target.url, await target.clientOptions(name), false);
  const heard: string[] = [];
  client.on('error', () => undefined);
  client.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString().slice(0, 100)}`));
  for (const filter of filters) {
    // Being refused is one good answer; whether anything is handed over is what counts.
    await client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
  }
  return { client, heard, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

/** The cloud's ear on every device; it hears what is delivered, whoever sent it. */
export function listenAsHost(target: AclTarget): Promise<Ear> {
  return listenAs(target, 'cloud', ['wg/v1/d/+/up', 'wg/v1/d/+/state', 'wg/v1/d/+/live']);
}

/** Publishes and waits until the broker has answered or cut the connection; never fails. */
export async function tryToPublish(
  client: MqttClient,
  topic: string,
  payload: string,
  retain = false,
): Promise<void> {
  const cut = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const done = client.publishAsync(topic, payload, { qos: 1, retain }).then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([done, cut]);
}
