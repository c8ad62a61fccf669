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
  client.on('message', (topic, payload) => heard.push(noteOf(topic, payload)));
  for (const filter of filters) {
    // Being refused is one good answer; whether anything is handed over is what counts.
    await client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
  }
  return { client, heard, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

/**
 * The cloud's ears on every device, the inbox' and that for live weight; they hear what is delivered, whoever sent it.
 * The client is the inbox'.
 */
export async function listenAsHost(target: AclTarget): Promise<Ear> {
  await using opened = new AsyncDisposableStack();
  const inbox = opened.use(await listenAs(target, 'cloud', ['wg/v1/d/+/up', 'wg/v1/d/+/state']));
  const live = opened.use(await listenAs(target, 'cloud-live', ['wg/v1/d/+/live']));
  live.client.on('message', (topic, payload) => inbox.heard.push(noteOf(topic, payload)));
  const ears = opened.move();
  return { ...inbox, [Symbol.asyncDispose]: () => ears.disposeAsync() };
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

const noteOf = (topic: string, payload: Buffer) => `${topic} ${payload.toString().slice(0, 100)}`;
