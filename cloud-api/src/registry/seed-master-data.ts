import type { Clock } from '@weighgate/protocol';
import type { Db } from '../store/database.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { containerChange, produceChange, providerChange, rateChange, truckChanges } from './row-changes.ts';

/**
 * Gives every row of a registry from before there were revisions its first one. Does nothing once there is any.
 * @returns the last revision
 */
export async function seedMasterData(db: Db, clock: Clock, currency: string): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const revision = await lockMasterData(trx);
    if (revision > 0) return revision;
    const [providers, trucks, containers, produce, rates] = [
      await trx.selectFrom('providers').select('id').orderBy('id').execute(),
      await trx
        .selectFrom('trucks')
        .select('truck_key')
        .where('alias_of', 'is', null)
        .orderBy('id')
        .execute(),
      await trx.selectFrom('containers').select('id').orderBy('id').execute(),
      await trx.selectFrom('produce').select('id').orderBy('id').execute(),
      await trx.selectFrom('rates').select('id').where('withdrawn_at', 'is', null).orderBy('id').execute(),
    ];
    for (const { id } of providers) await recordChanges(trx, [await providerChange(trx, id)], clock);
    for (const { truck_key } of trucks)
      await recordChanges(trx, await truckChanges(trx, truck_key, clock), clock);
    for (const { id } of containers) await recordChanges(trx, [await containerChange(trx, id, clock)], clock);
    await recordChanges(
      trx,
      produce.map(({ id }) => produceChange(id)),
      clock,
    );
    for (const { id } of rates) await recordChanges(trx, [await rateChange(trx, id, currency)], clock);
    return lockMasterData(trx);
  });
}
