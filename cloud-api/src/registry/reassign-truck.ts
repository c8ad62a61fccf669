import { type Clock, isoInstant } from '@weighgate/protocol';
import { type MatchFault, matchFaultOf } from '../http/if-match.ts';
import type { Trx } from '../store/database.ts';
import { changeOwner } from './change-owner.ts';
import { type FoundTruck, findTruck } from './find-truck.ts';
import { lockMasterData } from './record-changes.ts';
import { resolveProvider } from './resolve-provider.ts';

/** A truck that goes to another owner. */
export interface Reassignment {
  plate: string;
  providerId: number;
  /** ISO 8601 in UTC; null: from now on. */
  ownedFrom: string | null;
  /** Who says so. */
  saidBy: string;
  /** What the change is based on, as in the header. */
  ifMatch: string | undefined;
}

export type ReassignmentOutcome =
  | { kind: 'reassigned'; truck: FoundTruck; providerId: number }
  | { kind: 'not_matched'; fault: MatchFault }
  | { kind: 'unknown_truck' | 'unknown_provider' };

/** Gives a truck, found by any of its plates, another owner from an instant on. */
export async function reassignTruck(
  trx: Trx,
  { plate, providerId: said, ownedFrom, saidBy, ifMatch }: Reassignment,
  clock: Clock,
): Promise<ReassignmentOutcome> {
  await lockMasterData(trx);
  const truck = await findTruck(trx, plate);
  if (truck === undefined) return { kind: 'unknown_truck' };
  const fault = matchFaultOf(ifMatch, truck.version);
  if (fault !== null) return { kind: 'not_matched', fault };
  const providerId = await resolveProvider(trx, said);
  if (providerId === undefined) return { kind: 'unknown_provider' };
  const from = ownedFrom ?? isoInstant(clock.now());
  const version = await changeOwner(trx, { truckKey: truck.key, providerId, ownedFrom: from, saidBy }, clock);
  return { kind: 'reassigned', truck: { ...truck, version }, providerId };
}
