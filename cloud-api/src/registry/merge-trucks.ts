import { type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import { type FoundTruck, findTruck } from './find-truck.ts';
import type { Merge } from './merge-providers.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { truckChanges } from './row-changes.ts';

export type TruckMerge =
  /** Done now, or before; `truck` is the one that both plates stand for. */
  | { kind: 'merged'; isNew: boolean; truck: FoundTruck }
  | { kind: 'unknown'; plate: string }
  /** As one truck, some of what it brought would change hands. */
  | { kind: 'owners_differ' };

/**
 * Takes one truck for another from now on: its plate stands for the other truck, and the devices are told. Deliveries keep
 * what they have written down. Where nothing is written down, the owner of the other truck counts; so both must have had
 * the same one whenever the merged one had any.
 */
export async function mergeTrucks(
  trx: Trx,
  { merged, into, reason, mergedBy }: Merge<string>,
  clock: Clock,
): Promise<TruckMerge> {
  await lockMasterData(trx);
  const [from, to] = [await findTruck(trx, merged), await findTruck(trx, into)];
  if (from === undefined) return { kind: 'unknown', plate: merged };
  if (to === undefined) return { kind: 'unknown', plate: into };
  if (from.key === to.key) return { kind: 'merged', isNew: false, truck: to };
  const { rows: differing } = await sql`
    select from plate_owners o
     where o.truck_key = ${from.key}
       and not coalesce(o.during <@ (
         select range_agg(t.during) from plate_owners t
          where t.truck_key = ${to.key} and t.provider_id = o.provider_id), false)`.execute(trx);
  if (differing.length > 0) return { kind: 'owners_differ' };
  await trx
    .updateTable('trucks')
    .set({ alias_of: to.key })
    .where(({ eb, or }) => or([eb('truck_key', '=', from.key), eb('alias_of', '=', from.key)]))
    .execute();
  await trx
    .insertInto('registry_merges')
    .values({
      kind: 'truck',
      merged: from.id,
      into_one: to.id,
      reason,
      merged_by: mergedBy,
      merged_at: isoInstant(clock.now()),
    })
    .execute();
  await recordChanges(trx, await truckChanges(trx, to.key, clock), clock);
  return { kind: 'merged', isNew: true, truck: to };
}
