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
  let page = db.selectFrom('trucks').select(['id', 'truck_key']).where('alias_of', 'is', null);
  if (search !== undefined) {
    const pattern = likePatternOf(truckKeyOf(search));
    page = page.where(
      'truck_key',
      'in',
      sql<string>`(select coalesce(alias_of, truck_key) from trucks
        where trigram_text(truck_key) like trigram_text(${pattern}) and truck_key like ${pattern})`,
    );
  }
  const isHeld = sql<boolean>`during @> ${at}::timestamptz`;
  if (providerId !== undefined) {
    const owned = db.selectFrom('plate_owners').select('truck_key').where('provider_id', '=', providerId);
    page = page.where('truck_key', 'in', owned.where(isHeld));
  }
  if (after !== undefined) page = page.where('id', '>', after);
  return db
    .selectFrom(page.orderBy('id').limit(limit).as('page'))
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('plate_owners')
          .select('provider_id')
          .whereRef('plate_owners.truck_key', '=', 'page.truck_key')
          .where(isHeld)
          .as('owner'),
      (join) => join.onTrue(),
    )
    .select(['page.id', 'owner.provider_id as providerId'])
    .orderBy('page.id')
    .execute();
}
