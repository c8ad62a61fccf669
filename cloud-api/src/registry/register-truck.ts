import { type Clock, isoInstant, truckKeyOf } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import { changeOwner } from './change-owner.ts';
import type { FoundTruck } from './find-truck.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { resolveProvider } from './resolve-provider.ts';
import { settleProposals } from './settle-proposals.ts';

/** A truck to be registered. */
export interface NewTruck {
  plate: string;
  providerId: number;
  /** ISO 8601 in UTC; null: whatever it delivered before is the provider's, too. */
  ownedFrom: string | null;
  /** Who says so. */
  saidBy: string;
}

export type TruckRegistration =
  | { kind: 'registered'; truck: FoundTruck; providerId: number }
  | { kind: 'taken' | 'unknown_provider' };

/** Registers a truck with its owner, takes open proposals of the same plate as decided, and tells the devices. */
export async function registerTruck(trx: Trx, wish: NewTruck, clock: Clock): Promise<TruckRegistration> {
  await lockMasterData(trx);
  const { plate, ownedFrom, saidBy } = wish;
  const providerId = await resolveProvider(trx, wish.providerId);
  if (providerId === undefined) return { kind: 'unknown_provider' };
  const key = truckKeyOf(plate);
  const truck = await trx
    .insertInto('trucks')
    .values({ id: plate, truck_key: key, created_at: isoInstant(clock.now()) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (truck === undefined) return { kind: 'taken' };
  const version = await changeOwner(trx, { truckKey: key, providerId, ownedFrom, saidBy }, clock);
  const settled = await settleProposals(trx, key, { outcome: 'accepted', plate, key }, clock);
  await recordChanges(trx, settled, clock);
  return { kind: 'registered', truck: { ...truck, key, version }, providerId };
}
