import { expect } from 'vitest';
import type { Bill } from '../src/demo/cloud-client.ts';
import type { Outcome } from '../src/demo/outcome.ts';
import { type Delivery, deliveriesOf, type Site } from '../src/site.ts';

/** The scale interval of the simulated indicator. */
const INTERVAL_KG = 20;

/** The first truck that comes to a plant. */
export function firstDeliveryOf(site: Site, seed: number): Delivery {
  return deliveriesOf(site, seed).next().value;
}

/**
 * The weight a frame shows, read off it by hand: Mettler-Toledo continuous output has the displayed weight in
 * characters 5 to 10, in kilograms.
 */
function shownKgIn(frameHex: string): number {
  return Number(Buffer.from(frameHex, 'hex').subarray(4, 10).toString('latin1'));
}

/** A load as the indicator shows it: the nearest interval, or the next one for a load that stands between two. */
export function expectShown(shownKg: number, massKg: number): void {
  expect(shownKg % INTERVAL_KG).toBe(0);
  expect(Math.abs(shownKg - massKg)).toBeLessThanOrEqual(INTERVAL_KG);
}

/** Kilograms times a rate such as "93.5" minor units a kilogram, rounded half up once: integers all the way. */
export function amountMinorOf(netKg: number, ratePerKgMinor: string): number {
  const [whole = '0', fraction = ''] = ratePerKgMinor.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const exact = BigInt(netKg) * BigInt(whole + fraction);
  return Number((2n * exact + scale) / (2n * scale));
}

/** The price of a produce for the provider a truck drives for. */
export function rateFor(site: Site, { truck, produce }: Pick<Delivery, 'truck' | 'produce'>): string {
  const own = site.providerRates.find(
    (rate) => rate.providerIndex === truck.providerIndex && rate.produce === produce,
  );
  const usual = site.produce.find(({ id }) => id === produce);
  const rate = own?.rateMinorPerKg ?? usual?.rateMinorPerKg;
  if (rate === undefined) throw new Error(`the plant has no price for ${produce}`);
  return rate;
}

/** What the containers of a delivery weigh empty. */
export function taresKg(site: Site, containers: readonly string[]): number {
  return site.containers
    .filter(({ id }) => containers.includes(id))
    .reduce((sum, { tareKg }) => sum + tareKg, 0);
}

/** Counts one truck by hand, from its masses to its bill, and expects the outcome to say the same. */
export function expectHandCount(
  { session, cloud, bill }: Pick<Outcome, 'session' | 'cloud'> & { bill: Pick<Bill, 'lines' | 'totalMinor'> },
  delivery: Delivery,
  site: Site,
): void {
  const { truck, produce, containers, containersLeft, massInKg, massOutKg } = delivery;
  expect(session.truck).toBe(truck.plate);
  expect(session.containers.toSorted()).toEqual(containers.toSorted());

  const grossKg = shownKgIn(session.firstFrames.at(-1) ?? '');
  const outKg = shownKgIn(session.secondFrames.at(-1) ?? '');
  expectShown(grossKg, massInKg);
  expectShown(outKg, massOutKg);
  const containersKg = taresKg(site, containers);
  const truckTareKg = outKg - (containersLeft ? 0 : containersKg);
  const netKg = grossKg - containersKg - truckTareKg;
  expect(Math.abs(netKg - delivery.fruitKg)).toBeLessThanOrEqual(2 * INTERVAL_KG);
  expect(session).toMatchObject({ grossKg, truckTareKg, netKg });
  expect(cloud.session).toMatchObject({ grossKg, truckTareKg, netKg, state: 'closed' });

  const amountMinor = amountMinorOf(netKg, rateFor(site, delivery));
  expect(bill.lines).toMatchObject([{ produce, netKg, amountMinor, sessions: [{ id: session.id, netKg }] }]);
  expect(bill.totalMinor).toBe(amountMinor);
}
