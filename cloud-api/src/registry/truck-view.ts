import { z } from '@hono/zod-openapi';
import type { Db, Trx } from '../store/database.ts';
import { findOwners } from './find-owners.ts';
import type { FoundTruck } from './find-truck.ts';

const ownedTimeSchema = z
  .object({ providerId: z.int(), validFrom: z.string().nullable(), validTo: z.string().nullable() })
  .openapi('OwnedTime', { description: 'validTo is exclusive; null is open' });

/** A truck with everybody who owns it, owned it or will own it. */
export const truckSchema = z
  .object({
    id: z.string().openapi({ example: '77-421-03' }),
    providerId: z.int().nullable().openapi({ description: 'who owns it now; null: nobody' }),
    otherPlates: z.array(z.string()).openapi({ description: 'plates that stand for this truck, too' }),
    owners: z.array(ownedTimeSchema).openapi({ description: 'in the order of time, those to come included' }),
  })
  .openapi('Truck');

/** @param now ISO 8601 in UTC */
export async function truckViewOf(
  db: Db | Trx,
  { id, key }: FoundTruck,
  now: string,
): Promise<z.infer<typeof truckSchema>> {
  const owners = await findOwners(db, key);
  const aliases = await db
    .selectFrom('trucks')
    .select('id')
    .where('alias_of', '=', key)
    .orderBy('id')
    .execute();
  const owner = owners.find(
    ({ validFrom, validTo }) =>
      (validFrom === null || validFrom <= now) && (validTo === null || now < validTo),
  );
  return {
    id,
    providerId: owner?.providerId ?? null,
    otherPlates: aliases.map((alias) => alias.id),
    owners,
  };
}
