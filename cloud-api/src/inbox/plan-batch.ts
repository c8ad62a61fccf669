import {
  type Batch,
  type EntryHeader,
  type EntryReading,
  genesisHash,
  type JournalEntry,
} from '@weighgate/protocol';
import type { SigningKey } from '../fleet/signing-keys.ts';
import { makeRowLooks, type RowLooks } from './row-looks.ts';
import { type SignatureState, signatureJudge } from './signature-state.ts';

/** How far a chain is stored: entries 1 to `contiguousSeq`, ending in `headHash`. */
export interface IngestPosition {
  contiguousSeq: number;
  headHash: string;
}

/** A row that may be stored: its place in the chain is proven. */
export interface ProvenRow {
  seq: number;
  previousHash: string;
  hash: string;
  entryText: string;
  /** Kept as it came. */
  signature: string | null;
  signatureState: Exclude<SignatureState, 'bad'>;
  header: EntryHeader | JournalEntry;
  reading: Exclude<EntryReading, { kind: 'malformed' }>;
}

/** A row that contradicts one already stored at its place, and those that came after it. */
export interface ForkedRow {
  seq: number;
  hash: string;
  entryText: string;
}

/** What to do with a batch. `store` without rows means that everything in it was already here. */
export type BatchPlan =
  | { kind: 'store'; rows: ProvenRow[] }
  | { kind: 'need'; from: number }
  | { kind: 'fork'; seq: number; cloudHash: string; rows: ForkedRow[] }
  | {
      kind: 'reject';
      seq: number;
      code: 'bad_hash' | 'bad_entry' | 'bad_signature' | 'wrong_device';
      reason: string;
    };

/** The position before anything of a chain was stored. */
export function emptyPosition(device: string, incarnation: string): IngestPosition {
  return { contiguousSeq: 0, headHash: genesisHash(device, incarnation) };
}

/**
 * Decides what a batch means where the chain stands. Pure: all or nothing of it is stored, in order.
 * @param knownHashes hashes of the stored entries `batch.from - 1` to `batch.to`, as far as they are stored
 * @param keys what the device may sign with; without any, nothing can be said of its signatures
 * @param looks what was told of the rows already
 */
export function planBatch(
  position: IngestPosition,
  batch: Batch,
  knownHashes: ReadonlyMap<number, string>,
  keys: readonly SigningKey[] = [],
  looks: RowLooks = makeRowLooks(),
): BatchPlan {
  const next = position.contiguousSeq + 1;
  if (batch.from > next) return { kind: 'need', from: next };

  const before =
    batch.from === 1 ? genesisHash(batch.device, batch.incarnation) : knownHashes.get(batch.from - 1);
  if (batch.previousHash !== before) {
    if (batch.from === 1 || before === undefined) return badHash(batch.from, 'does not start this chain');
    return { kind: 'fork', seq: batch.from - 1, cloudHash: before, rows: forkedRows(batch, batch.from) };
  }

  const judge = signatureJudge(batch.incarnation, keys, looks);
  const rows: ProvenRow[] = [];
  let previousHash = batch.previousHash;
  for (const row of batch.rows) {
    if (looks.hashOf(row, previousHash) !== row.hash) {
      return badHash(row.seq, 'hash does not follow from the entry before and the text');
    }
    const known = knownHashes.get(row.seq);
    if (known !== undefined && known !== row.hash) {
      return { kind: 'fork', seq: row.seq, cloudHash: known, rows: forkedRows(batch, row.seq) };
    }
    if (known === undefined) {
      const reading = looks.readingOf(row);
      if (reading.kind === 'malformed') {
        return { kind: 'reject', seq: row.seq, code: 'bad_entry', reason: reading.reason };
      }
      const header = reading.kind === 'known' ? reading.entry : reading.header;
      if (header.device !== batch.device || header.incarnation !== batch.incarnation) {
        return {
          kind: 'reject',
          seq: row.seq,
          code: 'wrong_device',
          reason: 'the entry names another chain',
        };
      }
      if (header.seq !== row.seq) {
        return {
          kind: 'reject',
          seq: row.seq,
          code: 'bad_entry',
          reason: `the entry says seq ${header.seq}`,
        };
      }
      const signatureState = judge(row);
      if (signatureState === 'bad') {
        return {
          kind: 'reject',
          seq: row.seq,
          code: 'bad_signature',
          reason: 'no key on file for this device signed it',
        };
      }
      const { seq, hash, entry: entryText, signature } = row;
      rows.push({ seq, previousHash, hash, entryText, signature, signatureState, header, reading });
    }
    previousHash = row.hash;
  }
  return { kind: 'store', rows };
}

function badHash(seq: number, reason: string): BatchPlan {
  return { kind: 'reject', seq, code: 'bad_hash', reason };
}

function forkedRows(batch: Batch, fromSeq: number): ForkedRow[] {
  return batch.rows
    .filter((row) => row.seq >= fromSeq)
    .map((row) => ({ seq: row.seq, hash: row.hash, entryText: row.entry }));
}
