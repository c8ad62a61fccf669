import { type Batch, type Clock, isoInstant } from '@weighgate/protocol';
import type { Trx } from '../store/database.ts';
import { emptyPosition, type ForkedRow, type IngestPosition, type ProvenRow } from './plan-batch.ts';

/** Whose chain: a device in one life of its database. */
export interface ChainPlace {
  device: string;
  incarnation: string;
}

/** How far a chain is stored; undefined when nothing of it ever was. */
export async function findPosition(trx: Trx, chain: ChainPlace): Promise<IngestPosition | undefined> {
  const row = await trx
    .selectFrom('ingest_positions')
    .select(['contiguous_seq', 'head_hash'])
    .where('device', '=', chain.device)
    .where('incarnation', '=', chain.incarnation)
    .executeTakeFirst();
  return row === undefined ? undefined : { contiguousSeq: row.contiguous_seq, headHash: row.head_hash };
}

/** The chain's position, held until the transaction ends: two batches of one chain take turns. */
export async function lockPosition(trx: Trx, chain: ChainPlace): Promise<IngestPosition> {
  const { device, incarnation } = chain;
  const empty = emptyPosition(device, incarnation);
  await trx
    .insertInto('ingest_positions')
    .values({ device, incarnation, contiguous_seq: empty.contiguousSeq, head_hash: empty.headHash })
    .onConflict((conflict) => conflict.columns(['device', 'incarnation']).doNothing())
    .execute();
  const row = await trx
    .selectFrom('ingest_positions')
    .select(['contiguous_seq', 'head_hash'])
    .where('device', '=', device)
    .where('incarnation', '=', incarnation)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { contiguousSeq: row.contiguous_seq, headHash: row.head_hash };
}

/** Moves a locked position on. */
export async function movePosition(trx: Trx, chain: ChainPlace, to: IngestPosition): Promise<void> {
  await trx
    .updateTable('ingest_positions')
    .set({ contiguous_seq: to.contiguousSeq, head_hash: to.headHash })
    .where('device', '=', chain.device)
    .where('incarnation', '=', chain.incarnation)
    .execute();
}

/** Hashes of the stored entries from the one before the batch to its last, by seq. */
export async function findKnownHashes(trx: Trx, batch: Batch): Promise<Map<number, string>> {
  const rows = await trx
    .selectFrom('journal_entries')
    .select(['seq', 'hash'])
    .where('device', '=', batch.device)
    .where('incarnation', '=', batch.incarnation)
    .where('seq', '>=', batch.from - 1)
    .where('seq', '<=', batch.to)
    .execute();
  return new Map(rows.map((row) => [row.seq, row.hash]));
}

/**
 * Appends one entry to the stored chain.
 * @returns whether its uuid is already stored at another place: the same fact, sent again under a new chain
 */
export async function appendEntry(
  trx: Trx,
  chain: ChainPlace,
  row: ProvenRow,
  clock: Clock,
): Promise<{ repeatsUuid: boolean }> {
  const same = await trx
    .selectFrom('journal_entries')
    .select('seq')
    .where('uuid', '=', row.header.uuid)
    .where('repeats_uuid', '=', false)
    .executeTakeFirst();
  const repeatsUuid = same !== undefined;
  await trx
    .insertInto('journal_entries')
    .values({
      device: chain.device,
      incarnation: chain.incarnation,
      seq: row.seq,
      uuid: row.header.uuid,
      repeats_uuid: repeatsUuid,
      kind: row.header.kind,
      previous_hash: row.previousHash,
      hash: row.hash,
      entry_text: row.entryText,
      signature: row.signature,
      received_at: isoInstant(clock.now()),
    })
    .execute();
  return { repeatsUuid };
}

/** Keeps rows that contradict stored ones aside, unmerged; the same row twice is kept once. */
export async function keepFork(
  trx: Trx,
  chain: ChainPlace,
  rows: readonly ForkedRow[],
  knownHash: string,
  clock: Clock,
): Promise<void> {
  await trx
    .insertInto('ingest_forks')
    .values(
      rows.map((row) => ({
        device: chain.device,
        incarnation: chain.incarnation,
        seq: row.seq,
        hash: row.hash,
        known_hash: knownHash,
        entry_text: row.entryText,
        received_at: isoInstant(clock.now()),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
