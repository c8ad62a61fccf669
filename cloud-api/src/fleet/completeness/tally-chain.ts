import { type Tallied, tallyOf, type Uuid } from '@weighgate/protocol';
import type { Db, Trx } from '../../store/database.ts';

/** A stretch of one chain as it is stored here. */
export interface StoredStretch {
  device: string;
  incarnation: Uuid;
  firstSeq: number;
  lastSeq: number;
}

/**
 * Tallies what is stored here of a stretch; the caller bounds it. A text that was damaged and mended counts as mended.
 * @returns undefined when nothing of it is here
 */
export async function tallyChain(db: Db | Trx, stretch: StoredStretch): Promise<Tallied | undefined> {
  const rows = await db
    .selectFrom('proven_entries')
    .select(['seq', 'hash', 'entry_text as entryText'])
    .where('device', '=', stretch.device)
    .where('incarnation', '=', stretch.incarnation)
    .where('seq', '>=', stretch.firstSeq)
    .where('seq', '<=', stretch.lastSeq)
    .orderBy('seq')
    .execute();
  return tallyOf(stretch, rows);
}
