import { type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { truckChanges } from './row-changes.ts';

/** Whose a truck is from an instant on. */
export interface OwnerChange {
  /** Key of the truck itself, not of an alias. */
  truckKey: string;
  providerId: number;
  /** ISO 8601 in UTC; null: from the beginning. */
  ownedFrom: string | null;
  /** Who says so. */
  saidBy: string;
}

/**
 * Gives a truck its owner from an instant on, until the next change that is already known, and tells the devices. Who
 * owned it before that instant stays, and so does what deliveries have written down.
 * @returns the truck's version: it is counted even where the owner stays the same
 */
export async function changeOwner(trx: Trx, change: OwnerChange, clock: Clock): Promise<number> {
  await lockMasterData(trx);
  const { truckKey, providerId, ownedFrom, saidBy } = change;
  // The owners stand in a table of their own; this is what counts the version of the truck.
  const { version } = await trx
    .updateTable('trucks')
    .set((eb) => ({ id: eb.ref('id') }))
    .where('truck_key', '=', truckKey)
    .returning('version')
    .executeTakeFirstOrThrow();
  const from = sql<Date>`coalesce(${ownedFrom}::timestamptz, '-infinity')`;
  const held = await trx
    .selectFrom('truck_owners')
    .select(['range_id', 'provider_id', 'valid_to'])
    .select(sql<boolean>`coalesce(valid_from, '-infinity') = ${from}`.as('begins_there'))
    .where('truck_key', '=', truckKey)
    .where(sql<boolean>`tstzrange(valid_from, valid_to, '[)') @> ${from}`)
    .executeTakeFirst();
  if (held?.provider_id === providerId) return version;
  if (held?.begins_there) {
    await trx
      .updateTable('truck_owners')
      .set({ provider_id: providerId })
      .where('range_id', '=', held.range_id)
      .execute();
  } else {
    const next = await trx
      .selectFrom('truck_owners')
      .select((eb) => eb.fn.min('valid_from').as('begins'))
      .where('truck_key', '=', truckKey)
      .where('valid_from', '>', from)
      .executeTakeFirst();
    if (held !== undefined) {
      await trx
        .updateTable('truck_owners')
        .set({ valid_to: ownedFrom })
        .where('range_id', '=', held.range_id)
        .execute();
    }
    await trx
      .insertInto('truck_owners')
      .values({
        truck_key: truckKey,
        provider_id: providerId,
        valid_from: ownedFrom,
        valid_to: textOf(held === undefined ? next?.begins : held.valid_to),
      })
      .execute();
  }
  await trx
    .insertInto('truck_owner_changes')
    .values({
      truck_key: truckKey,
      provider_id: providerId,
      owned_from: ownedFrom,
      said_by: saidBy,
      said_at: isoInstant(clock.now()),
    })
    .execute();
  await recordChanges(trx, await truckChanges(trx, truckKey, clock), clock);
  return version;
}

const textOf = (instant: Date | null | undefined) => (instant ? isoInstant(instant.getTime()) : null);
