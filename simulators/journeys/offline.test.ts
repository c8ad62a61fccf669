import { isDeepStrictEqual } from 'node:util';
import { idMaker, isoInstant, systemClock } from '@weighgate/protocol';
import { expect } from 'vitest';
import { z } from 'zod';
import { type TruckVisit, visitInOf, visitOutOf, weighTruck } from '../src/demo/deliver.ts';
import type { Weighing } from '../src/demo/edge-client.ts';
import { readEdgeJournal } from '../src/demo/read-edge-journal.ts';
import { verifyOutcome } from '../src/demo/verify-outcome.ts';
import { testRequiring } from '../src/required-component.ts';
import { type Delivery, deliveriesOf, siteOf } from '../src/site.ts';
import { amountMinorOf, expectShown, rateFor, taresKg } from './hand-count.ts';
import { kindsIn } from './journal-kinds.ts';
import { type PlantOnMosquitto, startPlantOnMosquitto } from './plant-on-mosquitto.ts';

const SEED = 3;
const SPEED = 20;
/** A weighing is answered from the agent's own disk; this is for a machine that is very busy. */
const AT_ONCE_MS = 1_000;
const CATCH_UP_MS = 30_000;
const clock = systemClock;
const makeId = idMaker(clock);
const site = siteOf(SEED);
const testWithMosquitto = testRequiring('mosquitto');

testWithMosquitto(
  'with the broker stopped and the agent killed, trucks are weighed; when it returns everything arrives once, in order',
  async () => {
    await using plant = await startPlantOnMosquitto(site, SPEED);
    const [online, a, b, c] = takeFour(deliveriesOf(site, SEED));
    const weighings: Weighing[] = [];
    const weigh = async (visit: TruckVisit) => void weighings.push(await weighOne(plant, visit));

    await weigh(visitInOf(online));
    await weigh(visitOutOf(online));
    await plant.edge.client.untilAcknowledged((await plant.edge.client.sync()).headSeq, CATCH_UP_MS);
    await plant.broker.stop();

    await weigh(visitInOf(a));
    weighings.push(await weighInThroughKill(plant, b));
    await weigh(visitOutOf(a));
    weighings.push(await weighInThroughKill(plant, c));
    await weigh(visitOutOf(b));
    await weigh(visitOutOf(c));
    const offline = await plant.edge.client.sync();
    expect(offline.phase).toBe('offline');
    expect(kindsIn(plant.edge.dataDir, offline.ackedSeq)).toMatchObject({
      'session.opened': 3,
      'session.closed': 3,
    });

    expect(weighings.map(({ ticketNo }) => Number(ticketNo.slice(-6)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const delivery of [online, a, b, c]) expectNet(delivery, weighings);

    await plant.broker.start();
    await plant.edge.client.untilAcknowledged(offline.headSeq, CATCH_UP_MS);
    await expectCloudHasTheChain(plant);
    expect(await sessionsInCloud(plant)).toEqual(
      weighings.filter(({ direction }) => direction === 'in').map(({ id }) => id),
    );
    for (const delivery of [online, a, b, c]) await expectBilled(plant, delivery, weighings);
  },
  90_000,
);

testWithMosquitto(
  'the cloud killed while the agent sends its backlog, and started again, has every entry exactly once',
  async () => {
    await using plant = await startPlantOnMosquitto(site, SPEED);
    await plant.broker.stop();
    const before = (await plant.edge.client.sync()).headSeq;
    for (let tareKg = 1; tareKg <= 400; tareKg += 1) await plant.edge.client.setTare('C-1', tareKg);
    const { headSeq } = await plant.edge.client.sync();
    expect(kindsIn(plant.edge.dataDir, before)).toMatchObject({ 'container_tare.set': 400 });

    await plant.broker.start();
    let acknowledged = before;
    while (acknowledged === before) acknowledged = (await plant.edge.client.sync()).ackedSeq;
    await plant.killAndRestart('cloud');
    expect(acknowledged).toBeLessThan(headSeq);

    await plant.edge.client.untilAcknowledged(headSeq, CATCH_UP_MS);
    await expectCloudHasTheChain(plant);
  },
  90_000,
);

function takeFour(deliveries: Generator<Delivery, never>): [Delivery, Delivery, Delivery, Delivery] {
  const next = () => deliveries.next().value;
  return [next(), next(), next(), next()];
}

function weighOne({ weighbridge, edge }: PlantOnMosquitto, visit: TruckVisit): Promise<Weighing> {
  return weighTruck(visit, { weighbridge, edge: edge.client, clock, makeId }, SPEED);
}

/** Weighs a truck in, kills the agent in the moment of its answer, and sees what the agent knows after that. */
async function weighInThroughKill(plant: PlantOnMosquitto, delivery: Delivery): Promise<Weighing> {
  const { massKg, axles, request } = visitInOf(delivery);
  await plant.weighbridge.driveOn(massKg, axles);
  const key = makeId();
  let answer = await plant.edge.client.weigh(request, key);
  for (const deadlineMs = clock.monotonicMs() + 20_000; answer.kind === 'problem'; ) {
    if (answer.code !== 'not-stable' || clock.monotonicMs() > deadlineMs) throw new Error(answer.detail);
    await clock.sleep(50);
    const askedMs = clock.monotonicMs();
    answer = await plant.edge.client.weigh(request, key);
    expect(clock.monotonicMs() - askedMs).toBeLessThan(AT_ONCE_MS);
  }
  await plant.killAndRestart('edge');

  // Whoever has lost the answer asks again with the same key and gets the same ticket.
  expect(await plant.edge.client.weigh(request, key)).toEqual(answer);
  const weighAnother = () => plant.edge.client.weigh({ ...request, truck: 'OTHER 1' }, makeId());
  let another = await weighAnother();
  for (
    let tries = 0;
    another.kind === 'problem' && another.code === 'no-reading' && tries < 100;
    tries += 1
  ) {
    await clock.sleep(50);
    another = await weighAnother();
  }
  expect(another).toMatchObject({ kind: 'problem', code: 'already-registered' });
  await plant.weighbridge.driveOff();
  await plant.edge.client.untilDeck('empty', 20_000);
  return answer.body;
}

function weighingsOf(
  { truck }: Delivery,
  weighings: readonly Weighing[],
): { first: Weighing; second: Weighing } {
  const [first, second] = weighings.filter((weighing) => weighing.truck === truck.plate);
  if (first === undefined || second === undefined)
    throw new Error(`truck ${truck.plate} was not weighed twice`);
  return { first, second };
}

function netKgByHand(delivery: Delivery, weighings: readonly Weighing[]): number {
  const { first, second } = weighingsOf(delivery, weighings);
  const containersKg = taresKg(site, delivery.containers);
  return first.grossKg - second.grossKg - (delivery.containersLeft ? containersKg : 0);
}

function expectNet(delivery: Delivery, weighings: readonly Weighing[]): void {
  const { first, second } = weighingsOf(delivery, weighings);
  expectShown(first.grossKg, delivery.massInKg);
  expectShown(second.grossKg, delivery.massOutKg);
  expect(second.netKg).toBe(netKgByHand(delivery, weighings));
}

const devicesSchema = z.looseObject({
  items: z.array(z.looseObject({ device: z.string(), upTo: z.int(), headHash: z.string() })),
});
const sessionsSchema = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), state: z.string() })),
});

/** The head's hash stands for every entry before it, so one equal hash at one equal number is the whole chain. */
async function expectCloudHasTheChain({ cloud, edge }: PlantOnMosquitto): Promise<void> {
  const bothHeads = async () => {
    const journal = readEdgeJournal(edge.dataDir);
    const head = journal.links.at(-1);
    const { items } = await cloud.api.need(devicesSchema, { path: '/api/fleet/devices' });
    const stored = items.map(({ device, upTo, headHash }) => ({ device, upTo, headHash }));
    const { ackedSeq } = await edge.client.sync();
    const held = [{ device: journal.device, upTo: head?.seq, headHash: head?.hash }];
    return isDeepStrictEqual(stored, held) && ackedSeq === head?.seq ? 'equal' : { stored, held, ackedSeq };
  };
  // That the link is up again is an entry of its own, made a moment later.
  await expect.poll(bothHeads, { timeout: CATCH_UP_MS, interval: 200 }).toBe('equal');
}

/** Ids of all sessions, in the order of their first weighing. */
async function sessionsInCloud({ cloud }: PlantOnMosquitto): Promise<string[]> {
  const { items } = await cloud.api.need(sessionsSchema, { path: '/api/weight/sessions?limit=500' });
  expect(items.every(({ state }) => state === 'closed')).toBe(true);
  return items.map(({ id }) => id);
}

/** The bill of the moment a truck left has that truck alone, with the hand count, and follows from the raw frames. */
async function expectBilled(
  { cloud, edge }: PlantOnMosquitto,
  delivery: Delivery,
  weighings: readonly Weighing[],
): Promise<void> {
  const { first, second } = weighingsOf(delivery, weighings);
  const weighedOutMs = Date.parse(second.weighedAt);
  const providerId = await cloud.client.ownerOf(delivery.truck.plate);
  const bill = await cloud.client.bill(providerId, isoInstant(weighedOutMs), isoInstant(weighedOutMs + 1));
  const netKg = netKgByHand(delivery, weighings);
  const amountMinor = amountMinorOf(netKg, rateFor(site, delivery));
  expect(bill.lines).toMatchObject([
    { produce: delivery.produce, netKg, amountMinor, sessions: [{ id: first.id }] },
  ]);
  expect(bill.totalMinor).toBe(amountMinor);

  const evidence = await cloud.client.evidence(first.id);
  const checks = verifyOutcome(bill, () => evidence, readEdgeJournal(edge.dataDir));
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
}
