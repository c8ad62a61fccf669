import {
  commandClaimOf,
  commandMessageSchema,
  commandSchema,
  deviceTopic,
  isSigned,
  type LiveReading,
  liveReadingSchema,
  systemClock,
} from '@weighgate/protocol';
import { connectAsync, type IClientOptions } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quarantineDevice } from './fleet/quarantine.ts';
import { ingestHello } from './inbox/greet.ts';
import { startLiveSubscription } from './inbox/live-subscription.ts';
import { startMqttInbox } from './inbox/mqtt-inbox.ts';
import type { MqttLogin } from './inbox/mqtt-login.ts';
import { startTestBroker } from './inbox/test-broker.ts';
import { TestChain } from './inbox/test-chain.ts';
import { hasMosquitto, startMosquitto } from './inbox/test-mosquitto.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

const soon = { timeout: 8_000, interval: 20 };
const BATCH_MS = 25;
/** Taking in a batch takes a while on any machine: what waits behind all of them has to come too late. */
const apply = async () => {
  await systemClock.sleep(BATCH_MS);
  return { kind: 'applied' as const };
};

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const parts = () => ({ ...testParts, db: cloud.database.db, chance: () => 0, apply });

/** A broker and how each client signs in there. */
interface Joined extends AsyncDisposable {
  url: string;
  inboxLogin: MqttLogin;
  liveLogin: MqttLogin;
  deviceOptions: (device: string) => Promise<IClientOptions>;
}
const brokers = {
  mosquitto: async (): Promise<Joined> => {
    const broker = await startMosquitto();
    const inboxLogin = { url: broker.url, username: 'cloud', password: undefined };
    return {
      ...broker,
      inboxLogin,
      liveLogin: { ...inboxLogin, clientId: 'cloud-live' },
      deviceOptions: async (device) => ({ clientId: device, reconnectPeriod: 0 }),
    };
  },
  embedded: async (): Promise<Joined> => {
    const broker = await startTestBroker();
    const logins = { inboxLogin: await broker.hostLogin(), liveLogin: await broker.liveLogin() };
    return { ...broker, ...logins, deviceOptions: broker.clientOptions };
  },
};
type BrokerKind = keyof typeof brokers;
const kinds: readonly BrokerKind[] =
  hasMosquitto() || process.env.CI === 'true' ? ['mosquitto', 'embedded'] : ['embedded'];

/** The cloud's two connections to a real broker, and a device as far as MQTT goes, which has greeted. */
async function site(name: string, entries: number, kind: BrokerKind = 'embedded') {
  await using opened = new AsyncDisposableStack();
  const broker = opened.use(await brokers[kind]());
  const inbox = opened.use(startMqttInbox(broker.inboxLogin, parts()));
  const live = opened.use(startLiveSubscription(broker.liveLogin, { ...parts(), live: cloud.live }));
  await expect.poll(() => inbox.isConnected() && live.isConnected(), soon).toBe(true);
  cloud.sendBy(inbox.send);
  const chain = new TestChain(name);
  for (let index = 0; index < entries; index += 1) {
    chain.add({ kind: 'container_tare.set', body: { container: 'C1', tareG: index, previousTareG: null } });
  }
  await ingestHello(chain.hello(), parts());
  const client = await connectAsync(broker.url, await broker.deviceOptions(name));
  opened.defer(() => client.endAsync(true));
  const heard: unknown[] = [];
  client.on('message', (_topic, payload) => void heard.push(JSON.parse(payload.toString())));
  await client.subscribeAsync(deviceTopic(name, 'down'), { qos: 1 });
  const running = opened.move();
  return { chain, client, heard, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The stream as a page reads it: each reading with how late it was. */
async function watch(device: string, seen: { reading: LiveReading; lateMs: number }[], signal: AbortSignal) {
  const headers = { authorization: `Bearer ${TEST_API_KEY}` };
  const answer = await cloud.app.request(`/api/fleet/devices/${device}/live`, { headers, signal });
  expect(answer.status).toBe(200);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  signal.addEventListener('abort', () => void reader?.cancel(), { once: true });
  let text = '';
  for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
    text += chunk.value;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const reading = liveReadingSchema.parse(JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? ''));
      seen.push({ reading, lateMs: systemClock.now() - reading.wallMs });
    }
  }
}

const readingOf = (device: string, count: number): LiveReading => ({
  v: 1,
  device,
  count,
  wallMs: systemClock.now(),
  scales: [{ id: 'north', grossKg: 15_000, stable: true, deck: 'settled' }],
});

/** As late as a reading may be at its p99 while history is taken in, on a busy machine of two cores. */
const MAX_LATE_MS = 500;
const BATCHES = 120;
const ROWS = 50;

describe('live weight for whoever asks, over a real broker', { timeout: 40_000 }, () => {
  test.each(kinds)(
    'while 120 batches that came at once are taken in, readings are no more than 500 ms late, and history is complete (%s)',
    async (kind) => {
      const name = `live-${kind}`;
      await using at = await site(name, BATCHES * ROWS, kind);
      const seen: { reading: LiveReading; lateMs: number }[] = [];
      const over = new AbortController();
      const watching = watch(name, seen, over.signal);
      await expect.poll(() => at.heard.length, soon).toBe(1);
      const batches = Array.from({ length: BATCHES }, (_, index) =>
        JSON.stringify(at.chain.batch(index * ROWS + 1, (index + 1) * ROWS)),
      );
      for (const batch of batches) at.client.publish(deviceTopic(name, 'up'), batch, { qos: 1 });

      const stored = async () => {
        const row = await cloud.database.db
          .selectFrom('ingest_positions')
          .select('contiguous_seq')
          .where('device', '=', name)
          .executeTakeFirst();
        return row?.contiguous_seq ?? 0;
      };
      let count = 0;
      while ((await stored()) < BATCHES * ROWS) {
        count += 1;
        at.client.publish(deviceTopic(name, 'live'), JSON.stringify(readingOf(name, count)), { qos: 0 });
        await systemClock.sleep(100);
      }
      await expect.poll(() => seen.at(-1)?.reading.count, soon).toBe(count);
      // Else hardly anything was measured while history was taken in.
      expect(count).toBeGreaterThan(8);
      expect(seen.length).toBeGreaterThan(count * 0.9);
      const late = seen.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
      expect(late[Math.floor(late.length * 0.99)]).toBeLessThan(MAX_LATE_MS);
      over.abort();
      await watching;
    },
  );

  test('asking signs a command with an expiry', async () => {
    await using at = await site('live-1', 1);
    const over = new AbortController();
    const watching = watch('live-1', [], over.signal);
    await expect.poll(() => at.heard.length, soon).toBe(1);
    const message = commandMessageSchema.parse(at.heard[0]);
    expect(isSigned(commandClaimOf(message.text), message.signature, cloud.cloudKey.publicKey)).toBe(true);
    const command = commandSchema.parse(JSON.parse(message.text));
    expect(command).toMatchObject({ device: 'live-1', order: { kind: 'live', leaseMs: 30_000 } });
    expect(Date.parse(command.expiresAt)).toBeGreaterThan(systemClock.now());
    over.abort();
    await watching;
  });

  test('when its connection is lost it comes back by itself, and the inbox stays', async () => {
    await using broker = await startTestBroker();
    await using inbox = startMqttInbox(await broker.hostLogin(), parts());
    await using live = startLiveSubscription(await broker.liveLogin(), { ...parts(), live: cloud.live });
    await expect.poll(() => inbox.isConnected() && live.isConnected(), soon).toBe(true);
    const twin = await connectAsync(broker.url, await broker.clientOptions('cloud-live'));
    await expect.poll(live.isConnected, soon).toBe(false);
    expect(inbox.isConnected()).toBe(true);
    await twin.endAsync(true);
    await expect.poll(live.isConnected, soon).toBe(true);
  });

  test('a device in quarantine gets no command; one nobody knows is unknown; without a broker, or an ear for live weight, it is said', async () => {
    await using at = await site('live-2', 1);
    const ask = (device: string) => cloud.call('GET', `/api/fleet/devices/${device}/live`);
    expect((await ask('nobody-2')).status).toBe(404);
    await cloud.database.db
      .transaction()
      .execute((trx) => quarantineDevice(trx, 'live-2', 'two machines', testParts.clock));
    expect((await ask('live-2')).status).toBe(409);
    expect(at.heard).toEqual([]);
    cloud.sendBy(() => false);
    await ingestHello(new TestChain('live-3').hello(), parts());
    expect((await ask('live-3')).status).toBe(503);
    cloud.sendBy(() => true);
    cloud.setLiveConnected(false);
    expect((await ask('live-3')).status).toBe(503);
    cloud.setLiveConnected(true);
  });
});
