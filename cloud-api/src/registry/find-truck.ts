import { truckKeyOf } from '@weighgate/protocol';
import type { Db, Trx } from '../store/database.ts';

/** A truck of its own, found by its plate or by another plate of it. */
export interface FoundTruck {
  id: string;
  key: string;
  version: number;
}

/** The truck that a plate stands for, typed in any way; undefined when nobody registered it. */
export async function findTruck(db: Db | Trx, plate: string): Promise<FoundTruck | undefined> {
  return db
    .selectFrom('trucks as typed')
    .innerJoin('trucks as own', (join) =>
      join.on(({ eb, ref, fn }) =>
        eb('own.truck_key', '=', fn.coalesce(ref('typed.alias_of'), ref('typed.truck_key'))),
      ),
    )
    .select(['own.id', 'own.truck_key as key', 'own.version'])
    .where('typed.truck_key', '=', truckKeyOf(plate))
    .executeTakeFirst();
}
