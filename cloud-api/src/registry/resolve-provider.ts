import type { Db, Trx } from '../store/database.ts';

/** The provider that an id stands for now: itself, or the one it was merged into; undefined when there is none. */
export async function resolveProvider(db: Db | Trx, providerId: number): Promise<number | undefined> {
  const found = await db
    .selectFrom('providers')
    .select((eb) => eb.fn.coalesce('merged_into', 'id').as('id'))
    .where('id', '=', providerId)
    .executeTakeFirst();
  return found?.id;
}
