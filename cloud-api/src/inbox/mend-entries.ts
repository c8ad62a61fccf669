import { type Batch, type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';

/**
 * Mends stored rows that were found damaged with the rows of a batch, which were sent again and follow from their chain. The
 * damaged row stays as it was found; what it is read as from now on is written beside it, once.
 * @returns the seqs that were mended
 */
export async function mendEntries(trx: Trx, batch: Batch, clock: Clock): Promise<number[]> {
  const damaged = await sql<{ seq: number }>`
    select d.seq from entry_damages d left join entry_repairs r using (device, incarnation, seq)
     where d.device = ${batch.device} and d.incarnation = ${batch.incarnation}
       and d.seq between ${batch.from} and ${batch.to} and r.seq is null`.execute(trx);
  if (damaged.rows.length === 0) return [];
  const seqs = new Set(damaged.rows.map(({ seq }) => seq));
  const previousHashOf = (seq: number) =>
    batch.rows.find((row) => row.seq === seq - 1)?.hash ?? batch.previousHash;
  await trx
    .insertInto('entry_repairs')
    .values(
      batch.rows
        .filter((row) => seqs.has(row.seq))
        .map((row) => ({
          device: batch.device,
          incarnation: batch.incarnation,
          seq: row.seq,
          previous_hash: previousHashOf(row.seq),
          hash: row.hash,
          entry_text: row.entry,
          signature: row.signature,
          repaired_at: isoInstant(clock.now()),
        })),
    )
    .execute();
  return [...seqs];
}
