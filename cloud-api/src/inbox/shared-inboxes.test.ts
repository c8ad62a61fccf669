import {
  type DownMessage,
  deviceTopic,
  downMessageSchema,
  type HostState,
  hostStateTopic,
  readPayload,
  SYNC_2,
  systemClock,
} from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../store/database.ts';
import { startTestDatabase, testParts } from '../store/test-database.ts';
import { type MqttInbox, startMqttInbox } from './mqtt-inbox.ts';
import { TestChain } from './test-chain.ts';
import { hasMosquitto, startMosquitto } from './test-mosquitto.ts';

// Where everything must be there, a missing broker fails the tests instead of skipping them.
const skip = process.env.CI === undefined && !hasMosquitto();

let database: OpenDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  while (!(await holds())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error('waited too long');
    await systemClock.sleep(5);
  }
}

interface Served {
  inbox: MqttInbox;
  applied: string[];
}

/** A replica of the cloud's inbox, and what it applied. */
function startReplica(url: string, clientId: string, sharedGroup: string | undefined): Served {
  const applied: string[] = [];
  const inbox = startMqttInbox(
    { url, username: clientId, password: undefined, sharedGroup },
    {
      ...testParts,
      db: database.db,
      chance: () => 0,
      apply: async (_, entries) => {
        applied.push(...entries.map(({ device, seq }) => `${device}/${seq}`));
        return { kind: 'applied' };
      },
    },
  );
  return { inbox, applied };
}

const tare = { kind: 'container_tare.set', body: { container: 'C1', tareG: 1, previousTareG: null } };

/** A device that sends its chain in batches of 5, four unanswered at a time, and goes back when it is told to. */
async function sendChain(url: string, chain: TestChain): Promise<void> {
  const client = await connectAsync(url, { clientId: chain.device, protocolVersion: 4 });
  let upTo = 0;
  let sent = 0;
  const send = () => {
    while (sent < chain.rows.length && sent - upTo < 20) {
      const to = Math.min(chain.rows.length, sent + 5);
      client.publish(deviceTopic(chain.device, 'up'), JSON.stringify(chain.batch(sent + 1, to)), { qos: 1 });
      sent = to;
    }
  };
  client.on('message', (_, payload) => {
    const reading = readPayload(downMessageSchema, payload);
    if (!reading.ok) return;
    if (reading.message.type === 'ack') upTo = Math.max(upTo, reading.message.upTo);
    if (reading.message.type === 'need') sent = Math.min(sent, Math.max(upTo, reading.message.from - 1));
    send();
  });
  await client.subscribeAsync(deviceTopic(chain.device, 'down'), { qos: 1 });
  send();
  await until(() => upTo === chain.rows.length);
  await client.endAsync(true);
}

describe.skipIf(skip)('inboxes on a real broker (needs mosquitto)', { timeout: 60_000 }, () => {
  test('two replicas share ten devices between them; every chain is stored whole, in order and once', async () => {
    await using broker = await startMosquitto();
    const one = startReplica(broker.url, 'cloud-1', 'cloud');
    const two = startReplica(broker.url, 'cloud-2', 'cloud');
    await using started = new AsyncDisposableStack();
    for (const { inbox } of [one, two]) started.use(inbox);
    await until(() => one.inbox.isConnected() && two.inbox.isConnected());
    const chains = Array.from({ length: 10 }, (_, i) => {
      const chain = new TestChain(`shared-${i}`);
      for (let seq = 1; seq <= 60; seq += 1) chain.add(tare);
      return chain;
    });
    await Promise.all(chains.map((chain) => sendChain(broker.url, chain)));

    expect(one.applied.length).toBeGreaterThan(50);
    expect(two.applied.length).toBeGreaterThan(50);
    const all = [...one.applied, ...two.applied];
    expect(new Set(all).size).toBe(600);
    expect(all).toHaveLength(600);
    for (const chain of chains) {
      const stored = await database.db
        .selectFrom('journal_entries')
        .select('hash')
        .where('incarnation', '=', chain.incarnation)
        .orderBy('seq')
        .execute();
      expect(stored.map(({ hash }) => hash)).toEqual(chain.rows.map(({ hash }) => hash));
      for (const { applied } of [one, two]) {
        const seqs = applied
          .filter((place) => place.startsWith(`${chain.device}/`))
          .map((place) => Number(place.split('/')[1]));
        expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      }
    }
  });

  test('when one of two replicas leaves, devices are told that an inbox still listens', async () => {
    await using broker = await startMosquitto();
    const one = startReplica(broker.url, 'cloud-1', 'cloud');
    await using two = startReplica(broker.url, 'cloud-2', 'cloud').inbox;
    await until(() => one.inbox.isConnected() && two.isConnected());
    const client = await connectAsync(broker.url, { clientId: 'onlooker' });
    const states: boolean[] = [];
    client.on('message', (_, payload) => states.push((JSON.parse(payload.toString()) as HostState).online));
    await client.subscribeAsync(hostStateTopic, { qos: 1 });
    await one.inbox[Symbol.asyncDispose]();
    await until(() => states.includes(false) && states.at(-1) === true);
    await client.endAsync(true);
  });

  test('one device that floods the inbox is put off and told so; another is served as ever', async () => {
    await using broker = await startMosquitto();
    await using inbox = startReplica(broker.url, 'cloud-1', undefined).inbox;
    await until(inbox.isConnected);
    const noisy = new TestChain('noisy-1');
    for (let seq = 1; seq <= 50; seq += 1) noisy.add(tare);
    const flood = await connectAsync(broker.url, { clientId: 'noisy-1' });
    const told: DownMessage[] = [];
    flood.on('message', (_, payload) => {
      const reading = readPayload(downMessageSchema, payload);
      if (reading.ok) told.push(reading.message);
    });
    await flood.subscribeAsync(deviceTopic('noisy-1', 'down'), { qos: 1 });
    const up = deviceTopic('noisy-1', 'up');
    await flood.publishAsync(up, JSON.stringify({ ...noisy.hello(), capabilities: [SYNC_2] }), { qos: 1 });
    const batch = JSON.stringify(noisy.batch());
    const stop = new AbortController();
    const flooding = (async () => {
      while (!stop.signal.aborted) {
        await Promise.all(Array.from({ length: 15 }, () => flood.publishAsync(up, batch, { qos: 1 })));
      }
    })();

    const quiet = new TestChain('quiet-1');
    const client = await connectAsync(broker.url, { clientId: 'quiet-1' });
    let upTo = 0;
    client.on('message', (_, payload) => {
      const reading = readPayload(downMessageSchema, payload);
      if (reading.ok && reading.message.type === 'ack') upTo = reading.message.upTo;
    });
    await client.subscribeAsync(deviceTopic('quiet-1', 'down'), { qos: 1 });
    const tookMs: number[] = [];
    for (let seq = 1; seq <= 30; seq += 1) {
      quiet.add(tare);
      const startedMs = systemClock.monotonicMs();
      await client.publishAsync(deviceTopic('quiet-1', 'up'), JSON.stringify(quiet.batch(seq, seq)), {
        qos: 1,
      });
      await until(() => upTo === seq);
      tookMs.push(systemClock.monotonicMs() - startedMs);
      await systemClock.sleep(50);
    }
    stop.abort();
    await flooding;
    expect(inbox.putOffCount()).toBeGreaterThan(0);
    expect(told).toContainEqual({ v: 1, type: 'retry', device: 'noisy-1', afterMs: expect.any(Number) });
    expect(tookMs.toSorted((a, b) => a - b)[27]).toBeLessThan(1_000);
    await Promise.all([client.endAsync(true), flood.endAsync(true)]);
  });
});
