import type { Clock, MakeId } from '@weighgate/protocol';
import type { Delivery } from '../site.ts';
import type { Weighbridge } from '../weighbridge.ts';
import { ApiError } from './api-client.ts';
import type { EdgeClient, Weighing, WeighRequest } from './edge-client.ts';

/** A truck as it comes to the deck. */
export interface TruckVisit {
  massKg: number;
  axles: number;
  request: WeighRequest;
}

/** The truck of a delivery as it comes, loaded. */
export function visitInOf({ truck, produce, containers, massInKg }: Delivery): TruckVisit {
  return {
    massKg: massInKg,
    axles: truck.axles,
    request: { direction: 'in', truck: truck.plate, produce, containers },
  };
}

/** The truck of a delivery as it goes, with its containers unless they stay. */
export function visitOutOf({ truck, containers, containersLeft, massOutKg }: Delivery): TruckVisit {
  return {
    massKg: massOutKg,
    axles: truck.axles,
    request: { direction: 'out', truck: truck.plate, containers: containersLeft ? [] : containers },
  };
}

export interface DeliverParts {
  weighbridge: Weighbridge;
  edge: EdgeClient;
  clock: Clock;
  makeId: MakeId;
}

/** Longest time a truck needs to stand still, in its own time, and the least we wait whatever the speed. */
const SETTLE_MS = 60_000;
const LEAST_WAIT_MS = 20_000;
/** A weight that stirs again between the look and the request is asked for again, so often at most. */
const MAX_TRIES = 20;

/** Drives a truck on, weighs it as soon as the deck has settled, and drives it off. */
export async function weighTruck(
  { massKg, axles, request }: TruckVisit,
  parts: DeliverParts,
  speed: number,
): Promise<Weighing> {
  const { weighbridge, edge, makeId } = parts;
  const waitMs = Math.max(LEAST_WAIT_MS, SETTLE_MS / speed);
  await weighbridge.driveOn(massKg, axles);
  const idempotencyKey = makeId();
  for (let tries = 1; ; tries += 1) {
    await edge.untilDeck('settled', waitMs);
    const answer = await edge.weigh(request, idempotencyKey);
    if (answer.kind === 'ok') {
      await weighbridge.driveOff();
      await edge.untilDeck('empty', waitMs);
      return answer.body;
    }
    if (answer.code !== 'not-stable' || tries === MAX_TRIES) {
      throw new ApiError(
        'unexpected_answer',
        `truck ${request.truck} was not weighed ${request.direction}: ${answer.detail}`,
      );
    }
  }
}
