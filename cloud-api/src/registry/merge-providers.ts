import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { providerChange, truckChanges } from './row-changes.ts';

/** Two registered things that are one. */
export interface Merge<Id> {
  /** The one that is the other. */
  merged: Id;
  into: Id;
  reason: string;
  mergedBy: string;
}

export type ProviderMerge =
  /** Done now, or before. */
  | { kind: 'merged'; isNew: boolean }
  | { kind: 'itself' }
  | { kind: 'unknown'; id: number }
  /** One of the two is another provider already. */
  | { kind: 'elsewhere'; id: number; now: number }
  /** Both have bills of one time: as bills of one provider they would contradict each other. */
  | { kind: 'bills_contradict'; numbers: string[] };

/** Numbers of bills that both have issued for a time in common. */
export type FindContradicting = (trx: Trx, one: number, other: number) => Promise<string[]>;

/**
 * Takes one provider for another from now on, and tells the devices. Nothing that was written is touched: ranges of owners,
 * deliveries and bills keep the id they have, and what is not billed yet is found under the provider that the id stands
 * for.
 */
export async function mergeProviders(
  trx: Trx,
  { merged, into, reason, mergedBy }: Merge<number>,
  { clock, findContradicting }: { clock: Clock; findContradicting: FindContradicting },
): Promise<ProviderMerge> {
  await lockMasterData(trx);
  if (merged === into) return { kind: 'itself' };
  const rows = await trx
    .selectFrom('providers')
    .select(['id', 'merged_into'])
    .where('id', 'in', [merged, into])
    .forUpdate()
    .execute();
  for (const id of [merged, into]) {
    const row = rows.find((one) => one.id === id);
    if (row === undefined) return { kind: 'unknown', id };
    if (row.merged_into === null) continue;
    const isDone = id === merged && row.merged_into === into;
    return isDone ? { kind: 'merged', isNew: false } : { kind: 'elsewhere', id, now: row.merged_into };
  }
  const numbers = await findContradicting(trx, merged, into);
  if (numbers.length > 0) return { kind: 'bills_contradict', numbers };
  const trucks = await trx
    .selectFrom('plate_owners')
    .innerJoin('trucks', 'trucks.truck_key', 'plate_owners.truck_key')
    .select('trucks.truck_key')
    .distinct()
    .where('plate_owners.provider_id', '=', merged)
    .where('trucks.alias_of', 'is', null)
    .orderBy('trucks.truck_key')
    .execute();
  await trx
    .updateTable('providers')
    .set({ merged_into: into })
    .where(({ eb, or }) => or([eb('id', '=', merged), eb('merged_into', '=', merged)]))
    .execute();
  await trx
    .insertInto('registry_merges')
    .values({
      kind: 'provider',
      merged: String(merged),
      into_one: String(into),
      reason,
      merged_by: mergedBy,
      merged_at: isoInstant(clock.now()),
    })
    .execute();
  await recordChanges(trx, [await providerChange(trx, merged)], clock);
  for (const { truck_key } of trucks)
    await recordChanges(trx, await truckChanges(trx, truck_key, clock), clock);
  return { kind: 'merged', isNew: true };
}
