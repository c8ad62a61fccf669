import {
  type DownMessage,
  deviceTopic,
  downMessageSchema,
  type HostState,
  hostStateTopic,
  readPayload,
  systemClock,
} from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { healthRoutes } from '../http/health-routes.ts';
import { openDatabase } from '../store/database.ts';
import { startEmbeddedPostgres } from '../store/embedded-postgres.ts';
import { migrate } from '../store/migrate.ts';
import { makeTestFolder, testParts } from '../store/test-database.ts';
import { startMqttInbox } from './mqtt-inbox.ts';
import { TestChain } from './test-chain.ts';
import { hasMosquitto, startMosquitto } from './test-mosquitto.ts';

// Where everything must be there, a missing broker fails the tests instead of skipping them.
const skip = process.env.CI === undefined && !hasMosquitto();

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 60_000;
  while (!(await holds())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error('waited too long');
    await systemClock.sleep(20);
  }
}

test.skipIf(skip)(
  'PostgreSQL dies under a running inbox: nothing is acknowledged, not ready is said, and it all comes back by itself',
  async () => {
    using folder = makeTestFolder();
    await using postgres = await startEmbeddedPostgres({ ...testParts, dataDir: folder.path, port: 0 });
    await using database = await openDatabase(postgres.url, testParts.log);
    await migrate(database.pool, testParts);
    await database.watchLineage(testParts);
    await using broker = await startMosquitto();
    await using inbox = startMqttInbox(
      { url: broker.url, username: 'cloud', password: undefined },
      { ...testParts, db: database.db, chance: () => 0, apply: async () => ({ kind: 'applied' }) },
    );
    await until(inbox.isConnected);
    const health = healthRoutes({
      clock: systemClock,
      pingDatabase: database.ping,
      isDraining: () => false,
      isInboxConnected: inbox.isConnected,
    });
    const readiness = async () => (await health.request('/ready')).status;
    expect(await readiness()).toBe(200);

    const chain = new TestChain('gate-1');
    for (let i = 0; i < 2; i += 1) chain.add({ kind: 'test.any', body: i });
    const client = await connectAsync(broker.url, { clientId: 'gate-1' });
    const heard: DownMessage[] = [];
    const hostStates: boolean[] = [];
    client.on('message', (topic, payload) => {
      const reading = readPayload(downMessageSchema, payload);
      if (topic === hostStateTopic) hostStates.push((JSON.parse(payload.toString()) as HostState).online);
      else if (reading.ok) heard.push(reading.message);
    });
    await client.subscribeAsync([deviceTopic('gate-1', 'down'), hostStateTopic], { qos: 1 });
    const send = (seq: number) =>
      client.publishAsync(deviceTopic('gate-1', 'up'), JSON.stringify(chain.batch(seq, seq)), { qos: 1 });
    await send(1);
    await until(() => heard.length === 1);

    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    await send(2);
    await until(async () => (await readiness()) === 503);
    expect(heard).toHaveLength(1);
    await until(() => hostStates.includes(false));
    await until(async () => postgres.pid !== pid && (await readiness()) === 200);
    expect(heard).toHaveLength(1);
    await until(() => hostStates.at(-1) === true);
    // What a device does that has no receipt.
    await send(2);
    await until(() => heard.length === 2);
    expect(heard.at(-1)).toMatchObject({ type: 'ack', upTo: 2 });
    await client.endAsync(true);
  },
  180_000,
);
