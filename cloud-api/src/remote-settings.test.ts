import {
  commandClaimOf,
  commandSchema,
  isSigned,
  type SettingsReport,
  systemClock,
} from '@weighgate/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settingsOrderFor } from './fleet/settings/settings-order.ts';
import { ingestHello } from './inbox/greet.ts';
import { TestChain } from './inbox/test-chain.ts';
import { testParts } from './store/test-database.ts';
import { startTestCloud } from './test-cloud.ts';

let cloud: Awaited<ReturnType<typeof startTestCloud>>;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud[Symbol.asyncDispose]());

const said = { by: 'noa', why: 'the printer was replaced' };
const settings = { printer: { kind: 'escpos-tcp', host: '192.168.1.51', port: 9100 }, logLevel: 'debug' };
const pathOf = (device: string) => `/api/fleet/devices/${device}/settings`;
const put = (device: string, version: number, wished: object = settings) =>
  cloud.call('PUT', pathOf(device), { version, settings: wished, ...said });
const read = async (device: string) => (await cloud.call('GET', pathOf(device))).body;

async function greeted(device: string): Promise<TestChain> {
  const chain = new TestChain(device);
  await ingestHello(chain.hello(), {
    ...testParts,
    db: cloud.database.db,
    apply: async () => ({ kind: 'applied' }),
  });
  return chain;
}

const orderFor = (device: string, incarnation: string) =>
  settingsOrderFor(device, incarnation, { ...testParts, db: cloud.database.db, cloudKey: cloud.cloudKey });
const report = (version: number, outcome: SettingsReport['outcome'], detail: string | null = null) =>
  ({ kind: 'settings.changed', body: { version, outcome, detail, changes: [] } }) as const;

test('what is wished for stands beside what the device said came of it', async () => {
  const chain = await greeted('gate-1');
  expect(await read('gate-1')).toEqual({ device: 'gate-1', state: 'none', desired: null, reported: null });
  expect((await put('gate-1', 0)).status).toBe(200);
  expect(await read('gate-1')).toMatchObject({
    state: 'pending',
    desired: { version: 1, settings, ...said },
    reported: null,
  });
  chain.add(report(1, 'trying'));
  await cloud.ingest(chain);
  expect(await read('gate-1')).toMatchObject({ state: 'trying' });
  chain.add(report(1, 'rolled_back', 'not well for 40 s: printer'));
  await cloud.ingest(chain);
  expect(await read('gate-1')).toMatchObject({
    state: 'rolled_back',
    desired: { version: 1 },
    reported: { version: 1, outcome: 'rolled_back', detail: 'not well for 40 s: printer' },
  });
  await put('gate-1', 1, {});
  expect(await read('gate-1')).toMatchObject({
    state: 'pending',
    desired: { version: 2 },
    reported: { version: 1 },
  });
});

test('whoever has not seen the newest is told so, and of two at once one is', async () => {
  await greeted('gate-2');
  const both = await Promise.all([put('gate-2', 0), put('gate-2', 0, {})]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await put('gate-2', 0)).toMatchObject({
    status: 409,
    body: {
      type: '/problems/settings-stale',
      detail: 'you have seen version 0, and version 1 is wished for now: read it, and decide again',
    },
  });
  expect(
    await cloud.database.db
      .selectFrom('device_settings')
      .select('version')
      .where('device', '=', 'gate-2')
      .execute(),
  ).toHaveLength(1);
});

test.each([
  { maxKg: 80_000 },
  { scales: [] },
  { storage: { refuseBelowMiB: 1 } },
  { mqtt: { url: 'mqtt://elsewhere' } },
  { printer: { kind: 'folder', folder: '/etc' } },
])('what may not be set from afar is not even wished for: %j', async (wished) => {
  await greeted('gate-3');
  expect((await put('gate-3', 0, wished)).status).toBe(422);
  expect(await read('gate-3')).toMatchObject({ state: 'none' });
});

test('an order is signed anew until the device has said what came of it, and again for another life of it', async () => {
  const chain = await greeted('gate-4');
  const life = chain.incarnation;
  expect(await orderFor('gate-4', life)).toBeUndefined();
  await put('gate-4', 0);
  const [first, second] = [await orderFor('gate-4', life), await orderFor('gate-4', life)];
  if (first === undefined || second === undefined) throw new Error('there is no order');
  expect(isSigned(commandClaimOf(first.text), first.signature, cloud.cloudKey.publicKey)).toBe(true);
  const [one, other] = [first, second].map(({ text }) => commandSchema.parse(JSON.parse(text)));
  expect(one?.order).toEqual({ kind: 'settings', version: 1, settings });
  expect(Date.parse(one?.expiresAt ?? '')).toBeGreaterThan(systemClock.now());
  expect(other?.nonce).not.toBe(one?.nonce);
  chain.add(report(1, 'trying'));
  await cloud.ingest(chain);
  expect(await orderFor('gate-4', life)).toBeDefined();
  chain.add(report(1, 'applied'));
  await cloud.ingest(chain);
  expect(await orderFor('gate-4', life)).toBeUndefined();
  expect(await orderFor('gate-4', new TestChain('gate-4').incarnation)).toBeDefined();
});

test('versions go on behind what the device reported, though the cloud was put back from a backup', async () => {
  const chain = await greeted('gate-5');
  chain.add(report(7, 'applied'));
  await cloud.ingest(chain);
  await put('gate-5', 0);
  expect(await read('gate-5')).toMatchObject({ state: 'pending', desired: { version: 8 } });
});

test('versions are only ever added', async () => {
  await greeted('gate-6');
  await put('gate-6', 0);
  const rows = cloud.database.db
    .updateTable('device_settings')
    .set({ put_by: 'x' })
    .where('device', '=', 'gate-6');
  await expect(rows.execute()).rejects.toThrow();
  await expect(
    cloud.database.db.deleteFrom('device_settings').where('device', '=', 'gate-6').execute(),
  ).rejects.toThrow();
});

test('a device that never greeted is unknown', async () => {
  expect((await put('nobody', 0)).status).toBe(404);
  expect((await cloud.call('GET', pathOf('nobody'))).status).toBe(404);
});
