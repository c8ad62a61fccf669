import { containerIdSchema, containersSchema, produceIdSchema, truckIdSchema } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { type Delivery, deliveriesOf, siteOf } from './site.ts';

const deliveriesFrom = (seed: number, count: number): Delivery[] =>
  deliveriesOf(siteOf(seed), seed).take(count).toArray();

test('the same seed gives the same plant and the same day, another seed another', () => {
  expect(siteOf(1)).toEqual(siteOf(1));
  expect(siteOf(1)).not.toEqual(siteOf(2));
  expect(deliveriesFrom(1, 200)).toEqual(deliveriesFrom(1, 200));
  expect(deliveriesFrom(1, 200)).not.toEqual(deliveriesFrom(2, 200));
});

test('every id is one the system accepts, and no two are the same', () => {
  const site = siteOf(3);
  for (const { plate } of site.trucks) expect(truckIdSchema.safeParse(plate).success).toBe(true);
  for (const { id } of site.containers) expect(containerIdSchema.safeParse(id).success).toBe(true);
  for (const { id } of site.produce) expect(produceIdSchema.safeParse(id).success).toBe(true);
  expect(new Set(site.trucks.map(({ plate }) => plate)).size).toBe(site.trucks.length);
  expect(new Set(site.containers.map(({ id }) => id)).size).toBe(site.containers.length);
  expect(new Set(site.providers.map(({ name }) => name)).size).toBe(site.providers.length);
});

test('tares are those of real trucks and containers, in whole kilograms', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const site = siteOf(seed);
    for (const { tareKg, axles, providerIndex } of site.trucks) {
      expect(Number.isInteger(tareKg) && tareKg >= 7000 && tareKg <= 12_000).toBe(true);
      expect(axles >= 2 && axles <= 6).toBe(true);
      expect(site.providers[providerIndex]).toBeDefined();
    }
    for (const { tareKg } of site.containers) {
      expect(Number.isInteger(tareKg) && tareKg >= 200 && tareKg <= 320).toBe(true);
    }
  }
});

test('rates are plain decimals above zero; some providers have rates of their own', () => {
  const site = siteOf(5);
  const rates = [...site.produce, ...site.providerRates].map(({ rateMinorPerKg }) => rateMinorPerKg);
  for (const rate of rates) expect(rate).toMatch(/^[1-9]\d*(\.\d{1,2})?$/);
  expect(site.providerRates.length).toBeGreaterThan(0);
  const produce = site.produce.map(({ id }) => id);
  for (const rate of site.providerRates) {
    expect(produce).toContain(rate.produce);
    expect(site.providers[rate.providerIndex]).toBeDefined();
  }
});

test('what stands on the deck adds up, in and out, and never exceeds 44 t', () => {
  const site = siteOf(9);
  const tareKgOf = new Map(site.containers.map(({ id, tareKg }) => [id, tareKg]));
  const deliveries = deliveriesOf(site, 9).take(1000).toArray();
  for (const delivery of deliveries) {
    const { truck, containers, fruitKg, massInKg, massOutKg, containersLeft } = delivery;
    const containersKg = containers.reduce((sum, id) => sum + (tareKgOf.get(id) ?? Number.NaN), 0);
    expect(massInKg).toBe(truck.tareKg + containersKg + fruitKg);
    expect(massOutKg).toBe(truck.tareKg + (containersLeft ? 0 : containersKg));
    expect(massInKg).toBeLessThanOrEqual(44_000);
    expect(Number.isInteger(fruitKg) && fruitKg > 0).toBe(true);
    expect(containers.length >= 3 && containers.length <= 8).toBe(true);
    expect(new Set(containers).size).toBe(containers.length);
    expect(containersSchema.safeParse(containers).success).toBe(true);
  }
  expect(new Set(deliveries.map((delivery) => delivery.containersLeft)).size).toBe(2);
});

test('no truck and no container comes again while a dozen others are inside', () => {
  const deliveries = deliveriesFrom(4, 500);
  for (let at = 0; at + 13 <= deliveries.length; at += 1) {
    const inside = deliveries.slice(at, at + 13);
    expect(new Set(inside.map(({ truck }) => truck.plate)).size).toBe(13);
    const containers = inside.flatMap((delivery) => delivery.containers);
    expect(new Set(containers).size).toBe(containers.length);
  }
});
