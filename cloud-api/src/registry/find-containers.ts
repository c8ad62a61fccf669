import type { Db, Trx } from '../store/database.ts';

/** Containers with the tare that holds at an instant, in ISO 8601; those that have none then are left out. */
export const containersAt = (db: Db | Trx, at: string) =>
  db
    .selectFrom('containers')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('container_tares')
          .select(['tare_g', 'entry_uuid'])
          .whereRef('container', '=', 'containers.id')
          .where('valid_from', '<=', new Date(at))
          .orderBy('valid_from', 'desc')
          .limit(1)
          .as('tare'),
      (join) => join.onTrue(),
    )
    .select(['containers.id', 'containers.version', 'tare.tare_g', 'tare.entry_uuid']);
