import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import { lockMasterData, recordChanges } from './record-changes.ts';
import { containerChange } from './row-changes.ts';

/** A tare of a container from an instant on. */
export interface NewTare {
  container: string;
  tareG: number;
  /** ISO 8601 in UTC; of two from the same instant the later set counts. */
  validFrom: string;
  /** The journal entry that measured it; null when it was typed. */
  entryUuid: string | null;
}

/** Sets a tare, registers the container where it is new, and tells the devices. */
export async function setTare(trx: Trx, tare: NewTare, clock: Clock): Promise<void> {
  await lockMasterData(trx);
  const { container, tareG, validFrom, entryUuid } = tare;
  const now = isoInstant(clock.now());
  const latest = { tare_g: tareG, tare_entry_uuid: entryUuid, updated_at: now };
  await trx
    .insertInto('containers')
    .values({ id: container, ...latest })
    .onConflict((conflict) =>
      // A tare to come changes nothing of today's, but the container was changed all the same.
      conflict.column('id').doUpdateSet(validFrom <= now ? latest : { id: container }),
    )
    .execute();
  const set = { tare_g: tareG, set_at: now, entry_uuid: entryUuid };
  await trx
    .insertInto('container_tares')
    .values({ container, valid_from: validFrom, ...set })
    .onConflict((conflict) => conflict.columns(['container', 'valid_from']).doUpdateSet(set))
    .execute();
  await recordChanges(trx, [await containerChange(trx, container, clock)], clock);
}
