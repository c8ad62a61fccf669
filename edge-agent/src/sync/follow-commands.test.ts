import { generateKeyPairSync, sign } from 'node:crypto';
import {
  type Command,
  commandClaimOf,
  deviceTopic,
  everyDeviceTopic,
  isoInstant,
  type LiveReading,
  liveReadingSchema,
  readEntry,
  systemClock,
  uuidSchema,
} from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { Store } from '../store/open-store.ts';
import { openTestStore, storeFolder } from '../store/store-folder.ts';
import { pumpJournal } from './journal-pump.ts';
import { hasMosquitto, startMosquitto } from './mosquitto.ts';
import { startScriptedCloud } from './scripted-cloud.ts';

const skip = !hasMosquitto() && process.env.CI !== 'true';
const soon = { timeout: 8_000, interval: 20 };
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

function liveCommand(last: number, leaseMs: number): string {
  const command: Command = {
    v: 1,
    device: 'gate-1',
    nonce: uuidSchema.parse(`01a10b2d-0299-7581-8bb7-f97ed87540${String(last).padStart(2, '0')}`),
    expiresAt: isoInstant(systemClock.now() + 60_000),
    order: { kind: 'live', leaseMs },
  };
  const text = JSON.stringify(command);
  const signature = sign(null, Buffer.from(commandClaimOf(text)), privateKey).toString('base64url');
  return JSON.stringify({ v: 1, type: 'command', device: 'gate-1', text, signature });
}

const refusalsIn = (store: Store) =>
  store.journal.rowsAfter(0, 10_000, 1e9).flatMap(({ entry }) => {
    const reading = readEntry(entry);
    return reading.kind === 'known' && reading.entry.kind === 'command.refused'
      ? reading.entry.body.reason
      : [];
  });

async function site(entries: number) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(storeFolder());
  const store = opened.use(openTestStore(folder.dataDir));
  // In one transaction: it is the sending that is tried.
  store.journal.commit(() => {
    for (let index = 0; index < entries; index += 1) store.containerTares.setTare('C-1', 1000 + index);
  });
  const broker = opened.use(await startMosquitto());
  const cloud = opened.use(startScriptedCloud(broker.url));
  const watcher = await connectAsync(broker.url, { clientId: 'watcher', reconnectPeriod: 0 });
  opened.defer(() => watcher.endAsync(true));
  const live: { reading: LiveReading; lateMs: number }[] = [];
  watcher.on('message', (_topic, payload) => {
    const reading = liveReadingSchema.parse(JSON.parse(payload.toString()));
    live.push({ reading, lateMs: systemClock.now() - reading.wallMs });
  });
  await watcher.subscribeAsync(everyDeviceTopic('live'), { qos: 0 });
  const pump = opened.use(
    pumpJournal(
      { url: broker.url, device: 'gate-1', credentials: () => ({ kind: 'password', password: 'x' }) },
      store,
      {
        clock: systemClock,
        random: () => 0,
        log: pino({ level: 'silent' }),
        bootId: 'boot-1',
        appVersion: '0.1.0',
        clockState: () => 'synced',
        commands: {
          cloudKey: () => publicKey.export({ format: 'jwk' }).x ?? null,
          taken: store.takenCommands,
          liveScales: () => [{ id: 'north', grossKg: 15_000, stable: true, deck: 'settled' }],
        },
        onFatal: (error) => expect.fail(error.message),
      },
    ),
  );
  const command = (text: string, retain = false) =>
    watcher.publishAsync(deviceTopic('gate-1', 'down'), text, { qos: 1, retain });
  const running = opened.move();
  return { store, cloud, pump, live, command, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

describe.skipIf(skip)('commands over a real broker (needs mosquitto)', { timeout: 40_000 }, () => {
  test('live weight comes five times a second while its lease runs, and stops by itself', async () => {
    await using at = await site(1);
    await expect.poll(() => at.pump.view().phase, soon).toBe('streaming');
    await systemClock.sleep(500);
    expect(at.live).toEqual([]);
    await at.command(liveCommand(1, 1_500));
    await systemClock.sleep(3_500);
    expect(at.live.length).toBeGreaterThanOrEqual(4);
    expect(at.live.length).toBeLessThanOrEqual(8);
    expect(at.live[0]?.reading).toMatchObject({ device: 'gate-1', count: 1, scales: [{ grossKg: 15_000 }] });
  });

  test('a command that is replayed is refused and leaves an entry, once for a flood of them (E15)', async () => {
    await using at = await site(1);
    await expect.poll(() => at.pump.view().phase, soon).toBe('streaming');
    const captured = liveCommand(2, 1_000);
    await at.command(captured);
    await expect.poll(() => at.live.length, soon).toBeGreaterThan(0);
    await systemClock.sleep(1_500);
    const before = at.live.length;
    for (let times = 0; times < 20; times += 1) await at.command(captured);
    await expect.poll(() => refusalsIn(at.store), soon).toEqual(['replayed']);
    await systemClock.sleep(500);
    expect(refusalsIn(at.store)).toEqual(['replayed']);
    expect(at.live).toHaveLength(before);
    // What was taken is known after a restart too: it stands in the database.
    expect(at.store.takenCommands.isTaken('01a10b2d-0299-7581-8bb7-f97ed8754002')).toBe(true);
  });

  test('while thousands of entries are caught up on, live weight is less than a second late at its p99', async () => {
    await using at = await site(6_000);
    await expect.poll(() => at.pump.view().ackedSeq, { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
    await at.command(liveCommand(3, 10_000));
    await expect.poll(() => at.pump.view().ackedSeq, { timeout: 30_000, interval: 50 }).toBe(6_000);
    const late = at.live.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
    expect(late.length).toBeGreaterThan(5);
    expect(late[Math.floor(late.length * 0.99)]).toBeLessThan(1_000);
    // And history is whole: each entry once.
    expect(at.cloud.stored).toHaveLength(6_000);
    expect(at.cloud.refused).toEqual([]);
  });
});
