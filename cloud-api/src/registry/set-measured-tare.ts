import { type Clock, isoInstant, type JournalEntry } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import type { Trx } from '../store/database.ts';

/** A container was weighed empty at a weighbridge: the measured tare becomes its tare, naming the entry it came from. */
export async function setMeasuredTare(
  trx: Trx,
  entry: Extract<JournalEntry, { kind: 'container_tare.set' }>,
  clock: Clock,
): Promise<Applied> {
  const tare = {
    tare_g: entry.body.tareG,
    tare_entry_uuid: entry.uuid,
    updated_at: isoInstant(clock.now()),
  };
  await trx
    .insertInto('containers')
    .values({ id: entry.body.container, ...tare })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(tare))
    .execute();
  return { kind: 'applied' };
}
