import { isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Trx } from '../store/database.ts';
import type { ChainPlace } from './chain-store.ts';
import type { Fact } from './fact-of.ts';
import type { ProvenRow } from './plan-batch.ts';

/** A proven row with what it states and when that was made. */
export interface StatedRow {
  row: ProvenRow;
  fact: Fact;
  /** By our clock, milliseconds since 1970; null when it cannot be told. */
  madeAtTrueMs: number | null;
}

/**
 * Appends rows to the stored chain in one statement.
 * @returns the seqs whose fact is stored at another place already: the same fact, sent again under another chain
 */
export async function appendRows(
  trx: Trx,
  chain: ChainPlace,
  stated: readonly StatedRow[],
  receivedMs: number,
): Promise<Set<number>> {
  const inserted = await insertRows(trx, chain, stated, receivedMs, false);
  if (inserted.size === stated.length) return new Set();
  const repeats = stated.filter(({ row }) => !inserted.has(row.seq));
  await insertRows(trx, chain, repeats, receivedMs, true);
  return new Set(repeats.map(({ row }) => row.seq));
}

async function insertRows(
  trx: Trx,
  chain: ChainPlace,
  stated: readonly StatedRow[],
  receivedMs: number,
  repeatsUuid: boolean,
): Promise<Set<number>> {
  const column = <T>(read: (one: StatedRow) => T) => stated.map(read);
  const instantOf = (ms: number | null) => (ms === null ? null : isoInstant(ms));
  const inserted = await sql<{ seq: number }>`
    insert into journal_entries (device, incarnation, seq, uuid, carried_uuid, repeats_uuid, kind, previous_hash, hash,
                                 entry_text, signature, signature_state, made_at, made_at_true, received_at)
    select ${chain.device}, ${chain.incarnation}, n.seq, n.uuid, n.carried_uuid, ${repeatsUuid}, n.kind, n.previous_hash,
           n.hash, n.entry_text, n.signature, n.signature_state, n.made_at, n.made_at_true, ${isoInstant(receivedMs)}
      from unnest(${column(({ row }) => row.seq)}::bigint[],
                  ${column(({ row }) => row.header.uuid)}::uuid[],
                  ${column(({ fact }) => fact.carriedUuid)}::uuid[],
                  ${column(({ row }) => row.header.kind)}::text[],
                  ${column(({ row }) => row.previousHash)}::text[],
                  ${column(({ row }) => row.hash)}::text[],
                  ${column(({ row }) => row.entryText)}::text[],
                  ${column(({ row }) => row.signature)}::text[],
                  ${column(({ row }) => (row.signatureState === 'verified' ? 'verified' : 'unverified'))}::text[],
                  ${column(({ fact }) => isoInstant(fact.madeAt.wallMs))}::timestamptz[],
                  ${column(({ madeAtTrueMs }) => instantOf(madeAtTrueMs))}::timestamptz[])
        as n(seq, uuid, carried_uuid, kind, previous_hash, hash, entry_text, signature, signature_state, made_at,
             made_at_true)
    on conflict ((coalesce(carried_uuid, uuid))) where not repeats_uuid do nothing
    returning seq`.execute(trx);
  return new Set(inserted.rows.map(({ seq }) => seq));
}
