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
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quarantineDevice } from './fleet/quarantine.ts';
import { ingestHello } from './inbox/greet.ts';
import { startMqttInbox } from './inbox/mqtt-inbox.ts';
import { TestChain } from './inbox/test-chain.ts';
import { hasMosquitto, startMosquitto } from './inbox/test-mosquitto.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud, TEST_API_KEY } from './test-cloud.ts';

const skip = !hasMosquitto() && process.env.CI !== 'true';
const soon = { timeout: 8_000, interval: 20 };
const apply = async () => ({ kind: 'applied' as const });

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const parts = () => ({ ...testParts, db: cloud.database.db, chance: () => 0, apply, live: cloud.live });

/** The cloud's inbox on a real broker, and a device as far as MQTT goes, which has greeted. */
async function site(name: string, entries: number) {
  await using opened = new AsyncDisposableStack();
  const broker = opened.use(await startMosquitto());
  const inbox = opened.use(
    startMqttInbox({ url: broker.url, username: 'cloud', password: undefined }, parts()),
  );
  await expect.poll(inbox.isConnected, soon).toBe(true);
  cloud.sendBy(inbox.send);
  const chain = new TestChain(name);
  for (let index = 0; index < entries; index += 1) {
    chain.add({ kind: 'container_tare.set', body: { container: 'C1', tareG: index, previousTareG: null } });
  }
  await ingestHello(chain.hello(), parts());
  const client = await connectAsync(broker.url, { clientId: name, reconnectPeriod: 0 });
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

describe.skipIf(skip)(
  'live weight for whoever asks, over a real broker (needs mosquitto)',
  { timeout: 40_000 },
  () => {
    test('asking signs a command with an expiry; while thousands of entries are taken in, readings wait no longer than one batch does', async () => {
      await using at = await site('live-1', 3_000);
      const seen: { reading: LiveReading; lateMs: number }[] = [];
      const over = new AbortController();
      const watching = watch('live-1', seen, over.signal);
      await expect.poll(() => at.heard.length, soon).toBe(1);
      const message = commandMessageSchema.parse(at.heard[0]);
      expect(isSigned(commandClaimOf(message.text), message.signature, cloud.cloudKey.publicKey)).toBe(true);
      const command = commandSchema.parse(JSON.parse(message.text));
      expect(command).toMatchObject({ device: 'live-1', order: { kind: 'live', leaseMs: 30_000 } });
      expect(Date.parse(command.expiresAt)).toBeGreaterThan(systemClock.now());

      // As a device does it: eight batches under way, and another with each answer.
      const sentAtMs: number[] = [];
      const acks = () =>
        at.heard.slice(1).filter((message) => (message as { type?: string }).type === 'ack').length;
      let slowestMs = 0;
      let answered = 0;
      function sendOn(): void {
        for (; answered < acks(); answered += 1) {
          slowestMs = Math.max(slowestMs, systemClock.monotonicMs() - (sentAtMs[answered] ?? 0));
        }
        while (sentAtMs.length < 60 && sentAtMs.length - answered < 8) {
          const from = sentAtMs.length * 50 + 1;
          sentAtMs.push(systemClock.monotonicMs());
          at.client.publish(deviceTopic('live-1', 'up'), JSON.stringify(at.chain.batch(from, from + 49)), {
            qos: 1,
          });
        }
      }
      at.client.on('message', () => setImmediate(sendOn));
      sendOn();
      const stored = async () => {
        const row = await cloud.database.db
          .selectFrom('ingest_positions')
          .select('contiguous_seq')
          .where('device', '=', 'live-1')
          .executeTakeFirst();
        return row?.contiguous_seq ?? 0;
      };
      let count = 0;
      while ((await stored()) < 3_000) {
        count += 1;
        at.client.publish(deviceTopic('live-1', 'live'), JSON.stringify(readingOf('live-1', count)), {
          qos: 0,
        });
        await systemClock.sleep(100);
      }
      await expect.poll(() => seen.length, soon).toBeGreaterThan(3);
      const late = seen.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
      // A reading waits behind what is under way, and behind nothing of the backlog.
      expect(late[Math.floor(late.length * 0.99)]).toBeLessThan(slowestMs + 500);
      over.abort();
      await watching;
    });

    test('a device in quarantine gets no command; one nobody knows is unknown; without a broker it is said', async () => {
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
    });
  },
);
