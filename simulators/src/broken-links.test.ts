import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { startMqttInbox } from '@weighgate/cloud-api/src/inbox/mqtt-inbox.ts';
import { startTestDatabase, testParts } from '@weighgate/cloud-api/src/store/test-database.ts';
import type { Store } from '@weighgate/edge-agent/src/store/open-store.ts';
import { openTestStore, storeFolder } from '@weighgate/edge-agent/src/store/store-folder.ts';
import { type JournalPump, pumpJournal } from '@weighgate/edge-agent/src/sync/journal-pump.ts';
import { startMosquitto } from '@weighgate/edge-agent/src/sync/mosquitto.ts';
import { startScriptedCloud } from '@weighgate/edge-agent/src/sync/scripted-cloud.ts';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startFaultyNetwork } from './faulty-network.ts';
import { walkCloudChain } from './prove/cloud-chain.ts';
import { seededRandom } from './random.ts';
import { testRequiring } from './required-component.ts';

const clock = systemClock;
const soon = { timeout: 10_000, interval: 20 };
const DAMAGED_MS = 8_000;
/** One and a half times the 20 s after which the agent asks whether the broker is there, and a busy machine. */
const KEEPALIVE_NOTICED_MS = 36_000;

function startPump(url: string, store: Store): { pump: JournalPump; logged: () => string } {
  let logged = '';
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      logged += String(chunk);
      done();
    },
  });
  const pump = pumpJournal(
    { url, device: 'gate-1', credentials: () => ({ kind: 'password', password: 'secret' }) },
    store,
    {
      clock,
      random: () => 0,
      log: pino(sink),
      bootId: 'boot-1',
      appVersion: '0.1.0',
      clockState: () => 'synced',
      onFatal: (error) => expect.fail(error.message),
    },
  );
  return { pump, logged: () => logged };
}

function weighOnce(store: Store): void {
  const { seq } = store.journal.head();
  expect(store.containerTares.setTare('C-1', 1000 + seq)).toMatchObject({ changed: true });
}

testRequiring('mosquitto')(
  'a connection that swallows everything and never ends is noticed by its keepalive, and what it swallowed is sent again (D05)',
  async () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    await using broker = await startMosquitto();
    await using cloud = startScriptedCloud(broker.url);
    const target = { host: '127.0.0.1', port: Number(new URL(broker.url).port) };
    await using network = await startFaultyNetwork({ clock, random: seededRandom(1), target });
    const { pump } = startPump(`mqtt://127.0.0.1:${network.port}`, store);
    await using _pump = pump;
    weighOnce(store);
    await expect.poll(() => pump.view().ackedSeq, soon).toBe(1);

    network.setFaults({ swallowsUp: true, swallowsDown: true });
    weighOnce(store);
    expect(pump.view().phase).toBe('streaming');
    await expect
      .poll(() => pump.view().phase, { timeout: KEEPALIVE_NOTICED_MS, interval: 50 })
      .toBe('offline');
    weighOnce(store);
    network.setFaults({});
    await expect
      .poll(() => pump.view(), { ...soon, timeout: 20_000 })
      .toMatchObject({ phase: 'streaming', ackedSeq: 3 });
    expect(cloud).toMatchObject({ refused: [] });
    expect(cloud.stored).toHaveLength(3);
  },
  90_000,
);

testRequiring('mosquitto')(
  'while receipts alone are lost, entries come again and are known; nothing is there twice (D06)',
  async () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    await using broker = await startMosquitto();
    await using cloud = startScriptedCloud(broker.url);
    const target = { host: '127.0.0.1', port: Number(new URL(broker.url).port) };
    await using network = await startFaultyNetwork({ clock, random: seededRandom(1), target });
    const { pump } = startPump(`mqtt://127.0.0.1:${network.port}`, store);
    await using _pump = pump;
    weighOnce(store);
    await expect.poll(() => pump.view().ackedSeq, soon).toBe(1);

    network.setFaults({ swallowsDown: true });
    weighOnce(store);
    await expect.poll(() => cloud.stored.length, soon).toBe(2);
    expect(pump.view().ackedSeq).toBe(1);
    // The sender sends again by itself, over the same connection.
    await expect.poll(() => cloud.repeated, { timeout: 20_000, interval: 50 }).toBeGreaterThan(0);
    expect(pump.view().ackedSeq).toBe(1);
    network.setFaults({});
    network.cutAll();
    await expect.poll(() => pump.view().ackedSeq, soon).toBe(2);
    expect(cloud.stored).toHaveLength(2);
    expect(cloud.refused).toEqual([]);
  },
  60_000,
);

testRequiring('mosquitto')(
  'bytes are changed on a line without TLS: what is damaged is not taken, and in the end everything is there as it was hashed (D08)',
  async () => {
    using folder = storeFolder();
    using store = openTestStore(folder.dataDir);
    await using broker = await startMosquitto();
    await using database = await startTestDatabase();
    const parts = {
      ...testParts,
      db: database.db,
      chance: () => 0,
      apply: async () => ({ kind: 'applied' as const }),
    };
    await using _inbox = startMqttInbox({ url: broker.url, username: 'cloud', password: undefined }, parts);
    const target = { host: '127.0.0.1', port: Number(new URL(broker.url).port) };
    await using network = await startFaultyNetwork({ clock, random: seededRandom(8), target });
    const { pump } = startPump(`mqtt://127.0.0.1:${network.port}`, store);
    await using _pump = pump;
    weighOnce(store);
    await expect.poll(() => pump.view().ackedSeq, soon).toBe(1);

    network.setFaults({ corrupt: 0.3 });
    const damagedUntilMs = clock.monotonicMs() + DAMAGED_MS;
    while (clock.monotonicMs() < damagedUntilMs) {
      weighOnce(store);
      await clock.sleep(100);
    }
    network.setFaults({});
    network.cutAll();
    await expect
      .poll(() => pump.view(), { timeout: 60_000, interval: 100 })
      .toMatchObject({
        phase: 'streaming',
        headSeq: store.journal.head().seq,
        ackedSeq: store.journal.head().seq,
      });
    const { device, incarnation } = store.identity;
    const { seq, hash } = store.journal.head();
    expect(await walkCloudChain(database, { device, incarnation })).toEqual({
      kind: 'intact',
      entries: seq,
      headHash: hash,
    });
  },
  120_000,
);

test('a portal that answers every connection with a page is no broker: the link stays down, weighing goes on (D10)', async () => {
  const portal = createHttpServer((_request, response) => response.end('<html>Please sign in</html>'));
  // What it cannot read it answers as portals do, with a page.
  portal.on('clientError', (_error, socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Please sign in</html>');
  });
  portal.listen(0, '127.0.0.1');
  await once(portal, 'listening');
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  {
    const { port } = portal.address() as AddressInfo;
    const { pump, logged } = startPump(`mqtt://127.0.0.1:${port}`, store);
    await using _pump = pump;
    await expect.poll(logged, soon).toContain('link.down');
    weighOnce(store);
    expect(pump.view()).toMatchObject({ phase: 'offline', ackedSeq: 0 });
    expect(logged()).not.toContain('link.up');
  }
  portal.closeAllConnections();
  portal.close();
});

test('a name that no server knows: the link says so, weighing goes on (D09)', async () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir);
  const { pump, logged } = startPump('mqtt://broker.invalid:1883', store);
  await using _pump = pump;
  await expect.poll(logged, { ...soon, timeout: 25_000 }).toMatch(/link\.down.*|getaddrinfo/);
  expect(logged()).toContain('broker.invalid');
  weighOnce(store);
  expect(pump.view()).toMatchObject({ phase: 'offline', headSeq: expect.any(Number) });
}, 40_000);
