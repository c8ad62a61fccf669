import { isoInstant } from '@weighgate/protocol';
import type { Db, Trx } from '../store/database.ts';

/** A time during which a truck had one owner: [validFrom, validTo), ISO 8601 in UTC, null where it is open. */
export interface OwnedTime {
  providerId: number;
  validFrom: string | null;
  validTo: string | null;
}

/**
 * Everybody who owned a truck, is its owner, or is going to be, in the order of time; a merged provider counts as the one
 * it is now.
 * @param truckKey of the truck or of an alias
 */
export async function findOwners(db: Db | Trx, truckKey: string): Promise<OwnedTime[]> {
  const rows = await db
    .selectFrom('plate_owners')
    .select(['provider_id', 'valid_from', 'valid_to'])
    .where('truck_key', '=', truckKey)
    .orderBy('valid_from', (order) => order.asc().nullsFirst())
    .execute();
  return rows.map((row) => ({
    providerId: row.provider_id,
    validFrom: textOf(row.valid_from),
    validTo: textOf(row.valid_to),
  }));
}

const textOf = (instant: Date | null) => (instant === null ? null : isoInstant(instant.getTime()));
