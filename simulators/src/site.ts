import { strict as assert } from 'node:assert';
import { type Random, seededRandom } from './random.ts';

const PROVIDERS = 8;
const TRUCKS = 24;
const CONTAINERS = 140;
/** A truck and its containers are away for at least this many deliveries before they come again. */
const AWAY_DELIVERIES = 12;
/** The heaviest road train the site's deck is meant for. */
const MAX_GROSS_KG = 44_000;
/** Most a truck with so many axles may weigh on the road. */
const GROSS_LIMIT_KG: Record<number, number> = {
  2: 18_000,
  3: 26_000,
  4: 32_000,
  5: 40_000,
  6: MAX_GROSS_KG,
};

const ORCHARDS = [
  'Hill Farm Orchards',
  'Green Valley Growers',
  'Old Mill Citrus',
  'Sunrise Groves',
  'River Bend Fruit',
  'Cedar Ridge Farm',
  'Three Wells Orchards',
  'Northfield Citrus',
  'Stone Terrace Groves',
  'Palm Court Growers',
  'Lakeside Fruit Farm',
  'Red Earth Orchards',
];

/** Produce and its usual price, in minor units per kilogram. */
const PRODUCE: readonly { id: string; usualRate: number }[] = [
  { id: 'orange', usualRate: 93.5 },
  { id: 'lemon', usualRate: 128 },
  { id: 'mandarin', usualRate: 156.25 },
  { id: 'grapefruit', usualRate: 74.5 },
  { id: 'clementine', usualRate: 163 },
  { id: 'pomelo', usualRate: 88.75 },
];

export interface SiteProvider {
  name: string;
}
export interface SiteTruck {
  plate: string;
  /** Which of the site's providers it drives for. */
  providerIndex: number;
  tareKg: number;
  axles: number;
}
export interface SiteContainer {
  id: string;
  tareKg: number;
}
export interface SiteProduce {
  id: string;
  /** Decimal text, minor units per kilogram, for every provider without a rate of its own. */
  rateMinorPerKg: string;
}
export interface SiteProviderRate {
  providerIndex: number;
  produce: string;
  rateMinorPerKg: string;
}

/** A fruit plant: who delivers, with what, and at which price. */
export interface Site {
  providers: SiteProvider[];
  trucks: SiteTruck[];
  containers: SiteContainer[];
  produce: SiteProduce[];
  providerRates: SiteProviderRate[];
}

/** One truck's visit: what stands on the deck when it comes, and when it goes. */
export interface Delivery {
  truck: SiteTruck;
  /** Id of the produce. */
  produce: string;
  /** 3 to 8 container ids, all different. */
  containers: string[];
  fruitKg: number;
  /** Truck, containers and fruit. */
  massInKg: number;
  /** The truck, and its containers too unless they were left. */
  massOutKg: number;
  /** Whether the containers stayed at the plant with the fruit in them. */
  containersLeft: boolean;
}

/** The plant that belongs to a seed. The same seed gives the same plant. */
export function siteOf(seed: number): Site {
  const random = seededRandom(seed).fork('site');
  const providers = shuffled(ORCHARDS, random.fork('providers')).slice(0, PROVIDERS);
  return {
    providers: providers.map((name) => ({ name })),
    trucks: trucksOf(random.fork('trucks')),
    containers: containersOf(random.fork('containers')),
    produce: PRODUCE.map(({ id, usualRate }) => ({ id, rateMinorPerKg: String(usualRate) })),
    providerRates: providerRatesOf(random.fork('rates')),
  };
}

/**
 * Deliveries one after the other, without end. Neither a truck nor a container comes again within the next 12, so a
 * dozen trucks may be inside at once.
 */
export function* deliveriesOf(site: Site, seed: number): Generator<Delivery, never> {
  const random = seededRandom(seed).fork('deliveries');
  const recent: Delivery[] = [];
  for (;;) {
    const delivery = deliveryOf(site, recent, random);
    recent.push(delivery);
    if (recent.length > AWAY_DELIVERIES) recent.shift();
    yield delivery;
  }
}

function deliveryOf(site: Site, recent: readonly Delivery[], random: Random): Delivery {
  const trucksInside = new Set(recent.map((delivery) => delivery.truck.plate));
  const containersInUse = new Set(recent.flatMap((delivery) => delivery.containers));
  const truck = random.pick(site.trucks.filter(({ plate }) => !trucksInside.has(plate)));
  const free = site.containers.filter(({ id }) => !containersInUse.has(id));
  const containers = shuffled(free, random).slice(0, random.whole(3, 8));
  const containersKg = containers.reduce((sum, { tareKg }) => sum + tareKg, 0);

  const emptyKg = truck.tareKg + containersKg;
  const wishedKg = containers.length * random.whole(1100, 3400) + random.whole(0, 99);
  const fruitKg = Math.min(wishedKg, grossLimitKgOf(truck) - emptyKg);
  assert(fruitKg > 0, 'a truck that cannot carry its own containers');
  const containersLeft = random.next() < 0.4;
  return {
    truck,
    produce: random.pick(site.produce).id,
    containers: containers.map(({ id }) => id),
    fruitKg,
    massInKg: emptyKg + fruitKg,
    massOutKg: containersLeft ? truck.tareKg : emptyKg,
    containersLeft,
  };
}

function trucksOf(random: Random): SiteTruck[] {
  const plates = new Set<string>();
  while (plates.size < TRUCKS) {
    plates.add(`${random.whole(100, 999)}-${random.whole(10, 99)}-${random.whole(100, 999)}`);
  }
  return [...plates].map((plate, index) => {
    const axles = random.whole(2, 6);
    // Heavier trucks have more axles; 7 t to 12 t overall.
    const tareKg = 6200 + 800 * axles + random.whole(-800, 800);
    return { plate, providerIndex: index % PROVIDERS, tareKg, axles };
  });
}

function containersOf(random: Random): SiteContainer[] {
  return Array.from({ length: CONTAINERS }, (_, index) => ({
    id: `C-${10_201 + index}`,
    tareKg: random.whole(200, 320),
  }));
}

/** About one provider in three has a price of its own for about half of the produce. */
function providerRatesOf(random: Random): SiteProviderRate[] {
  const rates: SiteProviderRate[] = [];
  for (let providerIndex = 0; providerIndex < PROVIDERS; providerIndex += 3) {
    for (const { id, usualRate } of PRODUCE) {
      if (random.next() < 0.5) continue;
      const quarters = Math.round(usualRate * random.between(0.9, 1.15) * 4);
      rates.push({ providerIndex, produce: id, rateMinorPerKg: String(quarters / 4) });
    }
  }
  return rates;
}

function grossLimitKgOf(truck: SiteTruck): number {
  const limitKg = GROSS_LIMIT_KG[truck.axles];
  assert(limitKg !== undefined, `no gross limit for ${truck.axles} axles`);
  return limitKg;
}

/** Fisher and Yates. */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  const deck = [...list];
  const drawn: T[] = [];
  while (deck.length > 0) drawn.push(...deck.splice(random.whole(0, deck.length - 1), 1));
  return drawn;
}
