import { type Batch, type Clock, isoInstant, type Uuid, uuidSchema } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import { emptyPosition, type ForkedRow, type IngestPosition } from './plan-batch.ts';

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

/**
 * The chain's position, held until the transaction ends: two batches of one chain take turns, whichever replica they
 * came to.
 */
export async function lockPosition(trx: Trx, chain: ChainPlace): Promise<IngestPosition> {
  const held = await holdPosition(trx, chain);
  if (held !== undefined) return held;
  const empty = emptyPosition(chain.device, chain.incarnation);
  await trx
    .insertInto('ingest_positions')
    .values({
      device: chain.device,
      incarnation: chain.incarnation,
      contiguous_seq: empty.contiguousSeq,
      head_hash: empty.headHash,
    })
    .onConflict((conflict) => conflict.columns(['device', 'incarnation']).doNothing())
    .execute();
  return (await holdPosition(trx, chain)) ?? empty;
}

async function holdPosition(trx: Trx, chain: ChainPlace): Promise<IngestPosition | undefined> {
  const found = await sql<IngestPosition>`
    select contiguous_seq as "contiguousSeq", head_hash as "headHash" from ingest_positions
     where device = ${chain.device} and incarnation = ${chain.incarnation} for update`.execute(trx);
  return found.rows[0];
}

/**
 * Moves a locked position on.
 * @returns the epoch that the receipt for it has to name
 */
export async function movePosition(trx: Trx, chain: ChainPlace, to: IngestPosition): Promise<Uuid> {
  const moved = await sql<{ epoch: string }>`
    update ingest_positions set contiguous_seq = ${to.contiguousSeq}, head_hash = ${to.headHash}
     where device = ${chain.device} and incarnation = ${chain.incarnation}
    returning (select epoch from cloud_epoch) as epoch`.execute(trx);
  return uuidSchema.parse(moved.rows[0]?.epoch);
}

/**
 * Hashes of the stored entries from the one before the batch to its last, by seq. Where the chain just goes on, nothing has
 * to be read for it. A row known to be damaged is known by what its successor says of it.
 */
export async function findKnownHashes(
  trx: Trx,
  batch: Batch,
  position: IngestPosition,
): Promise<Map<number, string>> {
  const { contiguousSeq, headHash } = position;
  if (batch.from > contiguousSeq) return new Map([[contiguousSeq, headHash]]);
  const found = await sql<{ seq: number; hash: string }>`
    select e.seq,
           case when d.seq is null then e.hash
                else coalesce((select n.previous_hash from journal_entries n
                                where n.device = e.device and n.incarnation = e.incarnation and n.seq = e.seq + 1),
                              ${headHash}) end as hash
      from journal_entries e left join entry_damages d using (device, incarnation, seq)
     where e.device = ${batch.device} and e.incarnation = ${batch.incarnation}
       and e.seq between ${batch.from - 1} and ${batch.to}`.execute(trx);
  return new Map(found.rows.map((row) => [row.seq, row.hash]));
}

/** Forgets a position that nothing is stored under: chains that are only talked of must not pile up. */
export async function dropEmptyPosition(trx: Trx, chain: ChainPlace): Promise<void> {
  await trx
    .deleteFrom('ingest_positions')
    .where('device', '=', chain.device)
    .where('incarnation', '=', chain.incarnation)
    .where('contiguous_seq', '=', 0)
    .execute();
}

/** Forked rows kept of one chain; a machine that makes more of them proves nothing new. */
const MAX_FORKS = 10_000;

/** Keeps rows that contradict stored ones aside, unmerged; the same row twice is kept once. */
export async function keepFork(
  trx: Trx,
  chain: ChainPlace,
  rows: readonly ForkedRow[],
  knownHash: string,
  clock: Clock,
): Promise<void> {
  const { kept } = await trx
    .selectFrom('ingest_forks')
    .select(({ fn }) => fn.countAll<number>().as('kept'))
    .where('device', '=', chain.device)
    .where('incarnation', '=', chain.incarnation)
    .executeTakeFirstOrThrow();
  if (kept >= MAX_FORKS) return;
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
