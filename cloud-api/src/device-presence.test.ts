import {
  type DeviceState,
  type DeviceStatus,
  deviceTopic,
  isoInstant,
  systemClock,
} from '@weighgate/protocol';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingestHello } from './inbox/greet.ts';
import { startMqttInbox } from './inbox/mqtt-inbox.ts';
import { TestChain } from './inbox/test-chain.ts';
import { hasMosquitto, startMosquitto } from './inbox/test-mosquitto.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

const skip = !hasMosquitto() && process.env.CI !== 'true';
const apply = async () => ({ kind: 'applied' as const });
const soon = { timeout: 8_000, interval: 20 };

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const status: DeviceStatus = {
  sync: { phase: 'streaming', headSeq: 5, ackedSeq: 2, formerWaiting: 0, trouble: null },
  clock: 'synced',
  freeDiskBytes: null,
  storage: 'ok',
  printer: null,
  scales: [{ id: 'north', line: 'silent', deck: 'unknown' }],
  masterDataRevision: 0,
  software: '0.1.0-abcdef01',
};

async function shown(device: string): Promise<Record<string, unknown>> {
  const { status: code, body } = await cloud.call('GET', `/api/fleet/devices/${device}`);
  expect(code).toBe(200);
  return body as Record<string, unknown>;
}

function stateOf(
  chain: TestChain,
  online: boolean,
  connectedMonoMs: number,
  told?: DeviceStatus,
): DeviceState {
  const { incarnation } = chain;
  const at = isoInstant(systemClock.now());
  const said = { v: 1, online, incarnation, bootId: 'boot-1', at, connectedMonoMs } as const;
  return told === undefined ? said : { ...said, status: told };
}

const say = (client: MqttClient, chain: TestChain, state: DeviceState) =>
  client.publishAsync(deviceTopic(chain.device, 'state'), JSON.stringify(state), { qos: 1, retain: true });

describe.skipIf(skip)('what the console is told, over a real broker (needs mosquitto)', () => {
  test('last proven entry, presence and status, in figures and in words; unknown stays unknown', async () => {
    await using broker = await startMosquitto();
    const parts = { ...testParts, db: cloud.database.db, chance: () => 0, apply };
    await using inbox = startMqttInbox({ url: broker.url, username: 'cloud', password: undefined }, parts);
    await expect.poll(inbox.isConnected, soon).toBe(true);
    const chain = new TestChain('north-1');
    chain.add({ kind: 'container_tare.set', body: { container: 'C1', tareG: 1, previousTareG: null } });
    chain.add({ kind: 'container_tare.set', body: { container: 'C2', tareG: 1, previousTareG: null } });
    await ingestHello(chain.hello(), parts);
    expect(await shown('north-1')).toMatchObject({
      presence: 'unknown',
      upTo: 0,
      provenAt: null,
      waiting: null,
      status: null,
      heardAgeSeconds: null,
    });
    await cloud.ingest(chain);

    await using clients = new AsyncDisposableStack();
    const client = clients.adopt(
      await connectAsync(broker.url, { clientId: 'north-1', reconnectPeriod: 0 }),
      (c) => c.endAsync(true),
    );
    await say(client, chain, stateOf(chain, true, 9_000, status));
    await expect.poll(async () => (await shown('north-1')).presence, soon).toBe('online');
    const seen = await shown('north-1');
    expect(seen).toMatchObject({ upTo: 2, headHash: chain.headHash(), waiting: 3, status });
    expect(seen.provenAgeSeconds).toBeLessThan(60);
    expect(seen.summary).toMatch(
      /^entries 1 to 2 are proven here, .*; 3 wait at the device; it said it is there/,
    );
    expect(seen.concerns).toEqual(expect.arrayContaining(['scale north: the indicator sends nothing']));

    // The broker speaks the will of the connection before this one only now.
    await say(client, chain, stateOf(chain, false, 8_000));
    await say(client, chain, stateOf(chain, true, 9_000, { ...status, storage: 'warn' }));
    await expect
      .poll(async () => (await shown('north-1')).concerns, soon)
      .toContain('its storage is filling');
    const rows = cloud.database.db
      .selectFrom('device_presence')
      .select('since')
      .where('device', '=', 'north-1');
    expect((await rows.executeTakeFirst())?.since.getTime()).toBe(Date.parse(String(seen.presenceSince)));

    await say(client, chain, stateOf(chain, false, 9_000));
    await expect.poll(async () => (await shown('north-1')).presence, soon).toBe('offline');
    // What it last said of itself is kept, with its age.
    expect(await shown('north-1')).toMatchObject({ status: { storage: 'warn' }, upTo: 2 });
  });

  test('what the broker had kept from long ago is no sign of life', async () => {
    await using broker = await startMosquitto();
    const chain = new TestChain('north-2');
    const parts = { ...testParts, db: cloud.database.db, chance: () => 0, apply };
    await ingestHello(chain.hello(), parts);
    await using clients = new AsyncDisposableStack();
    const client = clients.adopt(
      await connectAsync(broker.url, { clientId: 'north-2', reconnectPeriod: 0 }),
      (c) => c.endAsync(true),
    );
    const old = isoInstant(systemClock.now() - 3_600_000);
    await say(client, chain, { ...stateOf(chain, true, 1, status), at: old });
    await using _inbox = startMqttInbox({ url: broker.url, username: 'cloud', password: undefined }, parts);
    await expect.poll(async () => (await shown('north-2')).presence, soon).toBe('silent');
    expect((await shown('north-2')).heardAgeSeconds).toBeGreaterThanOrEqual(3_600);
  });

  test('a device nobody knows has no page', async () => {
    expect((await cloud.call('GET', '/api/fleet/devices/nobody-1')).status).toBe(404);
  });
});
