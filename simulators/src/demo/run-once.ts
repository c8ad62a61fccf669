import type { Clock, MakeId } from '@weighgate/protocol';
import { type Delivery, deliveriesOf, type Site } from '../site.ts';
import { visitInOf, visitOutOf, weighTruck } from './deliver.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Plant } from './plant.ts';
import { kgWords, moneyWords, type Say } from './say.ts';

/** The cloud acknowledges within milliseconds; this bound is for a machine that is very busy. */
const ACKNOWLEDGED_WITHIN_MS = 30_000;

/** What became of the one truck. `failures` names every check that did not hold. */
export interface OnceResult {
  outcome: Outcome;
  failures: string[];
}

/** Takes one truck in and out and follows it to its bill. */
export async function runOnce(
  plant: Plant,
  site: Site,
  { seed, speed }: { seed: number; speed: number },
  { clock, makeId, say }: { clock: Clock; makeId: MakeId; say: Say },
): Promise<OnceResult> {
  const { weighbridge, edge } = plant;
  const parts = { weighbridge, edge, clock, makeId };
  const inside = new Set((await edge.openSessions()).map(({ truck }) => truck));
  const delivery = firstOutside(deliveriesOf(site, seed), inside);
  const { truck, produce, containers } = delivery;

  say(`Truck ${truck.plate} drives on with ${produce} in ${containers.length} containers.`);
  const weighIn = await weighTruck(visitInOf(delivery), parts, speed);
  say(`  weighed in   gross ${kgWords(weighIn.grossKg)}   ticket ${weighIn.ticketNo}`);
  const weighOut = await weighTruck(visitOutOf(delivery), parts, speed);
  sayWeighedOut(weighOut, say);

  const { headSeq } = await edge.sync();
  const acknowledgedSeq = await edge.untilAcknowledged(headSeq, ACKNOWLEDGED_WITHIN_MS);
  say(`  synced       the cloud has committed all ${acknowledgedSeq} entries`);
  const { outcome, checks } = await outcomeOf(plant, weighIn, acknowledgedSeq);
  const { bill } = outcome;
  for (const { produce: of, netKg, ratePerKgMinor, amountMinor } of bill.lines) {
    say(
      `  billed       ${bill.provider.name}: ${of} ${kgWords(netKg)} at ${moneyWords(Number(ratePerKgMinor), bill.currency)} a kg = ${moneyWords(amountMinor, bill.currency)}`,
    );
  }
  const failures = checks.flatMap((check) => (check.ok ? [] : [`${check.what}: ${check.found}`]));
  say(
    outcome.verified
      ? `  verified     ${checks.length} checks from the raw frames to the bill line`
      : `  NOT VERIFIED ${failures.join('; ')}`,
  );
  return { outcome, failures };
}

/** Says how a truck left. */
export function sayWeighedOut(
  {
    grossKg,
    truckTareKg,
    netKg,
    waitingFor,
    ticketNo,
  }: {
    grossKg: number;
    truckTareKg: number | null;
    netKg: number | null;
    waitingFor: string[];
    ticketNo: string;
  },
  say: Say,
): void {
  say(`  weighed out  ${kgWords(grossKg)}   ticket ${ticketNo}`);
  if (netKg === null || truckTareKg === null)
    say(`  net          pending: no tare yet for ${waitingFor.join(', ')}`);
  else say(`  net          ${kgWords(netKg)}   (truck tare ${kgWords(truckTareKg)})`);
}

function firstOutside(deliveries: Generator<Delivery, never>, inside: ReadonlySet<string>): Delivery {
  let delivery = deliveries.next().value;
  while (inside.has(delivery.truck.plate)) delivery = deliveries.next().value;
  return delivery;
}
