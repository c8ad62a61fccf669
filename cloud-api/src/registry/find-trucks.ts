import { truckKeyOf } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db } from '../store/database.ts';
import { likePatternOf } from './search-text.ts';

/** A page of trucks of their own. */
export interface TruckFilter {
  /** Part of a plate, or of another plate of the truck, typed in any way; undefined for all. */
  search: string | undefined;
  /** Only those that are this provider's at {@link at}. */
  providerId: number | undefined;
  /** ISO 8601: whose they are then. */
  at: string;
  /** Plate of the last one that the caller has. */
  after: string | undefined;
  limit: number;
}

/** Trucks by plate, with whose they are at an instant. */
export async function findTrucks(db: Db, { search, providerId, at, after, limit }: TruckFilter) {
  let query = db
    .selectFrom('trucks')
    .leftJoin('plate_owners as owner', (join) =>
      join
        .onRef('owner.truck_key', '=', 'trucks.truck_key')
        .on(sql<boolean>`owner.during @> ${at}::timestamptz`),
    )
    .select(['id', 'owner.provider_id as providerId'])
    .where('alias_of', 'is', null);
  if (search !== undefined) {
    const pattern = likePatternOf(truckKeyOf(search));
    query = query.where(
      'trucks.truck_key',
      'in',
      sql<string>`(select coalesce(alias_of, truck_key) from trucks
        where trigram_text(truck_key) like trigram_text(${pattern}) and truck_key like ${pattern})`,
    );
  }
  if (providerId !== undefined) query = query.where('owner.provider_id', '=', providerId);
  if (after !== undefined) query = query.where('id', '>', after);
  return query.orderBy('id').limit(limit).execute();
}
