import { type Clock, isoInstant, type JournalEntry } from '@weighgate/protocol';
import type { Applied } from '../inbox/applied.ts';
import type { Trx } from '../store/database.ts';
import { setTare } from './set-tare.ts';

/**
 * A container was weighed empty at a weighbridge: the measured tare becomes its tare, naming the entry it came from. A
 * device that only took over what the cloud had told it changes nothing.
 */
export async function setMeasuredTare(
  trx: Trx,
  { uuid, body }: Extract<JournalEntry, { kind: 'container_tare.set' }>,
  clock: Clock,
): Promise<Applied> {
  if (body.masterDataRevision !== undefined) return { kind: 'applied' };
  const { container, tareG } = body;
  await setTare(trx, { container, tareG, validFrom: isoInstant(clock.now()), entryUuid: uuid }, clock);
  return { kind: 'applied' };
}
