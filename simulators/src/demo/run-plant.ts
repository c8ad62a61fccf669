import { type Clock, isoInstant, type MakeId } from '@weighgate/protocol';
import { type Delivery, deliveriesOf, type Site, type SiteTruck } from '../site.ts';
import { type TruckVisit, visitInOf, weighTruck } from './deliver.ts';
import type { EdgeSession } from './edge-client.ts';
import type { Plant } from './plant.ts';
import { sayWeighedOut } from './run-once.ts';
import { kgWords, moneyWords, type Say } from './say.ts';

/** So many trucks unload at a time. */
const TRUCKS_INSIDE = 2;
const ACKNOWLEDGED_WITHIN_MS = 30_000;

/** A truck that was weighed in and not yet out. */
interface Inside {
  session: EdgeSession;
  truck: SiteTruck;
}

/**
 * Lets trucks come and go until `signal` is aborted. Trucks that were inside when the plant last stopped are weighed
 * out first: the agent remembers them.
 */
export async function runPlant(
  plant: Plant,
  site: Site,
  { seed, speed }: { seed: number; speed: number },
  { clock, makeId, say, signal }: { clock: Clock; makeId: MakeId; say: Say; signal: AbortSignal },
): Promise<void> {
  const { weighbridge, edge, cloud } = plant;
  const parts = { weighbridge, edge, clock, makeId };
  const inside: Inside[] = [];
  for (const session of await edge.openSessions()) {
    const truck = site.trucks.find(({ plate }) => plate === session.truck);
    say(`Truck ${session.truck} is still inside from last time.`);
    if (truck === undefined) say('  it stays     it is no truck of this plant: it came with another --seed');
    else inside.push({ session, truck });
  }
  const deliveries = deliveriesOf(site, seed);
  // A plant that has weighed before goes on with other trucks than it began with.
  for (let entries = (await edge.sync()).headSeq; entries > 0; entries -= 1) deliveries.next();

  for (const one of inside.splice(0)) if (!signal.aborted) await weighOut(one);
  while (!signal.aborted) {
    const longest = inside.length >= TRUCKS_INSIDE ? inside.shift() : undefined;
    if (longest === undefined) await weighIn(deliveries.next().value);
    else await weighOut(longest);
  }

  async function weighIn(delivery: Delivery): Promise<void> {
    const { truck, produce, containers } = delivery;
    say(`Truck ${truck.plate} drives on with ${produce} in ${containers.length} containers.`);
    const weighing = await weighTruck(visitInOf(delivery), parts, speed);
    say(`  weighed in   gross ${kgWords(weighing.grossKg)}   ticket ${weighing.ticketNo}`);
    inside.push({ session: await edge.session(weighing.id), truck });
  }

  async function weighOut({ session, truck }: Inside): Promise<void> {
    say(`Truck ${session.truck} comes back empty.`);
    const weighing = await weighTruck(emptyVisitOf(truck), parts, speed);
    sayWeighedOut(weighing, say);
    const { headSeq } = await edge.sync();
    const acknowledgedSeq = await edge.untilAcknowledged(headSeq, ACKNOWLEDGED_WITHIN_MS);
    say(`  synced       the cloud has committed all ${acknowledgedSeq} entries`);
    const providerId = await cloud.ownerOf(session.truck);
    const until = Date.parse(weighing.weighedAt) + 1;
    const bill = await cloud.bill(providerId, isoInstant(until - 24 * 3_600_000), isoInstant(until));
    say(
      `  billed       ${bill.provider.name}: ${kgWords(bill.totalNetKg)} in the last 24 hours, ${moneyWords(bill.totalMinor, bill.currency)}`,
    );
  }
}

/** The truck as it comes back: its load and its containers have stayed at the plant. */
function emptyVisitOf({ plate, tareKg, axles }: SiteTruck): TruckVisit {
  return { massKg: tareKg, axles, request: { direction: 'out', truck: plate, containers: [] } };
}
