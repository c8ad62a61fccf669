import { cpSync, rmSync } from 'node:fs';
import { backupStore } from '@weighgate/edge-agent/src/store/backup-store.ts';
import { readPublicKey } from '@weighgate/edge-agent/src/store/device-key.ts';
import { openDatabaseReadOnly } from '@weighgate/edge-agent/src/store/open-database.ts';
import { restoreStore } from '@weighgate/edge-agent/src/store/restore-store.ts';
import { idMaker, systemClock } from '@weighgate/protocol';
import { expect } from 'vitest';
import { z } from 'zod';
import { visitInOf, visitOutOf, weighTruck } from '../src/demo/deliver.ts';
import type { Weighing } from '../src/demo/edge-client.ts';
import { readEdgeJournal } from '../src/demo/read-edge-journal.ts';
import { testRequiring } from '../src/required-component.ts';
import { type Delivery, deliveriesOf, siteOf } from '../src/site.ts';
import { type PlantOnMosquitto, startPlantOnMosquitto } from './plant-on-mosquitto.ts';

const SEED = 11;
const SPEED = 20;
const CATCH_UP_MS = 40_000;
const clock = systemClock;
const makeId = idMaker(clock);
const site = siteOf(SEED);
const testWithMosquitto = testRequiring('mosquitto');

const sessionsSchema = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), state: z.string() })),
});

const parkedSchema = z.looseObject({
  items: z.array(z.looseObject({ sessionId: z.string().nullable(), ticketNo: z.string().nullable() })),
});

/** Entries that are stored in the cloud and wait for a person, in their order. */
async function parkedIn({ cloud }: PlantOnMosquitto) {
  const { items } = await cloud.api.need(parkedSchema, { path: '/api/fleet/parked?limit=100' });
  return items.map(({ sessionId, ticketNo }) => ({ sessionId, ticketNo }));
}

const alarmsSchema = z.looseObject({ items: z.array(z.looseObject({ code: z.string() })) });

async function alarmsIn({ cloud }: PlantOnMosquitto): Promise<string[]> {
  const { items } = await cloud.api.need(alarmsSchema, { path: '/api/fleet/alarms?limit=100' });
  return items.map(({ code }) => code);
}

async function weighInAndOut(plant: PlantOnMosquitto, delivery: Delivery): Promise<Weighing[]> {
  const parts = { weighbridge: plant.weighbridge, edge: plant.edge.client, clock, makeId };
  const first = await weighTruck(visitInOf(delivery), parts, SPEED);
  const second = await weighTruck(visitOutOf(delivery), parts, SPEED);
  return [first, second];
}

/** Until the cloud has acknowledged everything that the journal holds, of every life. */
async function untilDelivered({ edge }: PlantOnMosquitto): Promise<void> {
  const isDelivered = async () => {
    const { phase, waiting } = await edge.client.sync();
    return phase === 'streaming' && waiting === 0;
  };
  await expect.poll(isDelivered, { timeout: CATCH_UP_MS, interval: 100 }).toBe(true);
}

async function expectEachOnceInCloud(
  { cloud }: PlantOnMosquitto,
  weighings: readonly Weighing[],
): Promise<void> {
  const { items } = await cloud.api.need(sessionsSchema, { path: '/api/weight/sessions?limit=500' });
  const expected = weighings.filter(({ direction }) => direction === 'in').map(({ id }) => id);
  expect(items.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
  expect(items.map(({ state }) => state)).toEqual(expected.map(() => 'closed'));
}

testWithMosquitto(
  'an old image of the disk is put back: a new life goes on, what the cloud has stays, and what was weighed offline gets there once',
  async () => {
    await using plant = await startPlantOnMosquitto(site, SPEED);
    const deliveries = deliveriesOf(site, SEED);
    const next = () => deliveries.next().value;
    const { dataDir } = plant.edge;
    const image = `${dataDir}-image`;
    const putImageBack = () => {
      rmSync(dataDir, { recursive: true });
      cpSync(image, dataDir, { recursive: true });
    };

    const before = await weighInAndOut(plant, next());
    await untilDelivered(plant);
    await plant.killAndRestart('edge', () => cpSync(dataDir, image, { recursive: true }));
    const overwritten = await weighInAndOut(plant, next());
    await untilDelivered(plant);
    const { incarnation } = readEdgeJournal(dataDir);

    await plant.killAndRestart('edge', putImageBack);
    await untilDelivered(plant);
    expect((await plant.edge.client.sync()).trouble).toMatchObject({ code: 'cloud_is_ahead' });
    const born = readEdgeJournal(dataDir).incarnation;
    expect(born).not.toBe(incarnation);
    const after = await weighInAndOut(plant, next());
    expect(after.map(({ ticketNo }) => ticketNo)).toEqual([
      `DEMO-${born.slice(-4)}-000001`,
      `DEMO-${born.slice(-4)}-000002`,
    ]);
    await untilDelivered(plant);
    const inCloud = [...before, ...overwritten, ...after];
    await expectEachOnceInCloud(plant, inCloud);
    expect(await parkedIn(plant)).toEqual([]);

    // Offline nobody can know that these numbers were on other tickets: both count, and a person is told of the two.
    await plant.broker.stop();
    await plant.killAndRestart('edge', putImageBack);
    const offline = await weighInAndOut(plant, next());
    expect(offline.map(({ ticketNo }) => ticketNo)).toEqual(overwritten.map(({ ticketNo }) => ticketNo));
    await plant.broker.start();
    await untilDelivered(plant);
    await expectEachOnceInCloud(plant, [...inCloud, ...offline]);
    expect(await parkedIn(plant)).toEqual([]);
    expect(await alarmsIn(plant)).toContain('ticket_twice');
  },
  120_000,
);

testWithMosquitto(
  'a restored backup holds weighings that never left: they reach the cloud as they stand, before those of the new life',
  async () => {
    await using plant = await startPlantOnMosquitto(site, SPEED);
    const deliveries = deliveriesOf(site, SEED);
    const next = () => deliveries.next().value;
    const backup = `${plant.edge.dataDir}-backup.db`;

    const sent = await weighInAndOut(plant, next());
    await untilDelivered(plant);
    await plant.broker.stop();
    const unsent = await weighInAndOut(plant, next());
    const former = readEdgeJournal(plant.edge.dataDir);
    const database = openDatabaseReadOnly(plant.edge.dataDir);
    await backupStore(database, backup, readPublicKey(plant.edge.dataDir));
    database.close();
    await plant.killAndRestart('edge', () => {
      restoreStore(plant.edge.dataDir, backup, { clock, makeId, processId: process.pid });
    });
    const after = await weighInAndOut(plant, next());
    expect((await plant.edge.client.sync()).formerWaiting).toBeGreaterThan(0);
    await plant.broker.start();
    await untilDelivered(plant);
    await expectEachOnceInCloud(plant, [...sent, ...unsent, ...after]);
    expect(await plant.edge.client.sync()).toMatchObject({ formerWaiting: 0, trouble: null });
    expect(readEdgeJournal(plant.edge.dataDir).incarnation).not.toBe(former.incarnation);
  },
  120_000,
);
