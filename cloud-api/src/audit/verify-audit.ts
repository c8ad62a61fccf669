import { hashFollows } from '@weighgate/protocol';
import { readAuditEntry, valueAt } from './audit-entry.ts';
import { type ClearValue, commitmentOf } from './commitment.ts';
import { readSeal, type Seal, type SealStatement } from './seal.ts';

/** Faults that are named; the first one is what matters. */
const MAX_FAULTS = 20;

/** One entry as it is stored, or as it was exported. */
export interface ChainRow {
  seq: number;
  previousHash: string;
  hash: string;
  /** Null when there is a place in the chain and nothing that stands there. */
  text: string | null;
  clear: readonly ClearValue[];
}

/** What is verified. */
export interface AuditEvidence {
  /** In the order of their places. */
  rows: AsyncIterable<ChainRow> | Iterable<ChainRow>;
  /** From the database and from elsewhere. */
  seals: readonly Seal[];
  /** Keys that seals are believed of. */
  publicKeys: readonly string[];
  /** What the database says its head is; null where there is no database. */
  head: { seq: number; hash: string } | null;
  /** The first entries of the chain are known to have this hash before them. */
  genesisHash: string;
  /** Ids of changes that have no place in the chain. */
  unchained: readonly string[];
}

/** What was found. Without faults, every entry is the one that was written, in its place, and none is missing. */
export interface AuditVerdict {
  entries: number;
  firstSeq: number | null;
  lastSeq: number;
  lastHash: string;
  /** The last entry that a believed seal covers; null without one. */
  sealed: SealStatement | null;
  /** In plain words, the first bad entry first. */
  faults: string[];
}

/** Walks the chain from its first entry to its last and compares it with what was sealed. */
export async function verifyAudit(evidence: AuditEvidence): Promise<AuditVerdict> {
  const faults: string[] = [];
  const blame = (text: string) => {
    if (faults.length < MAX_FAULTS) faults.push(text);
  };
  const sealsAt = believedSeals(evidence, blame);
  let last: { seq: number; hash: string } | null = null;
  let firstSeq: number | null = null;
  let entries = 0;
  for await (const row of evidence.rows) {
    firstSeq ??= row.seq;
    const before: { seq: number; hash: string } = last ?? {
      seq: row.seq === 1 ? 0 : row.seq - 1,
      hash: row.seq === 1 ? evidence.genesisHash : row.previousHash,
    };
    for (const fault of rowFaultsOf(row, before)) blame(fault);
    const seal = sealsAt.get(row.seq);
    if (seal !== undefined && seal.hash !== row.hash) {
      blame(
        `entry ${row.seq} is not the one that was sealed at ${seal.at}: it, or an entry before it, was rewritten`,
      );
    }
    last = { seq: row.seq, hash: row.hash };
    entries += 1;
  }
  const end = last ?? { seq: 0, hash: evidence.genesisHash };
  const sealed = [...sealsAt.values()].reduce<SealStatement | null>(
    (latest, seal) => (latest === null || seal.seq > latest.seq ? seal : latest),
    null,
  );
  if (evidence.head !== null && firstSeq !== null && firstSeq > 1)
    blame(`entries 1 to ${firstSeq - 1} are missing`);
  if (sealed !== null && sealed.seq > end.seq) {
    blame(
      `entry ${end.seq + 1} is missing: the chain ends at ${end.seq}, and entry ${sealed.seq} was sealed at ${sealed.at}; ` +
        'the tail was cut off, or an older backup was put back',
    );
  }
  const { head } = evidence;
  if (head !== null && (head.seq !== end.seq || head.hash !== end.hash)) {
    blame(
      `entry ${Math.min(head.seq, end.seq) + 1}: the chain ends at ${end.seq}, and its head says ${head.seq}`,
    );
  }
  for (const id of evidence.unchained) blame(`change ${id} has no place in the chain: it was put beside it`);
  return { entries, firstSeq, lastSeq: end.seq, lastHash: end.hash, sealed, faults };
}

function believedSeals({ seals, publicKeys }: AuditEvidence, blame: (text: string) => void) {
  const sealsAt = new Map<number, SealStatement>();
  for (const seal of seals) {
    const said = readSeal(seal, publicKeys);
    if (said === undefined) {
      blame(`a seal (${seal.statement}) is signed by none of the keys that are believed`);
      continue;
    }
    const other = sealsAt.get(said.seq);
    if (other !== undefined && other.hash !== said.hash) {
      blame(
        `entry ${said.seq} was sealed with two hashes, at ${other.at} and at ${said.at}: it was rewritten`,
      );
    }
    sealsAt.set(said.seq, other ?? said);
  }
  return sealsAt;
}

function* rowFaultsOf(row: ChainRow, before: { seq: number; hash: string }): Generator<string> {
  const { seq, text } = row;
  if (seq !== before.seq + 1) {
    yield `entry ${before.seq + 1} is missing: ${before.seq} is followed by ${seq}`;
    return;
  }
  if (text === null) {
    yield `entry ${seq} is gone: its place in the chain is there, and what it said is not`;
    return;
  }
  if (row.previousHash !== before.hash || !hashFollows(before.hash, text, row.hash)) {
    yield `entry ${seq}${wordsOf(text)} does not follow from entry ${before.seq}: it was changed or moved, or one was put in or taken out before it`;
    return;
  }
  const entry: unknown = JSON.parse(text);
  for (const value of row.clear) {
    if (valueAt(entry, value.place) !== commitmentOf(value)) {
      yield `entry ${seq}: what stands in clear for ${value.place} is not what the chain committed to`;
    }
  }
}

function wordsOf(text: string): string {
  try {
    const { action, at } = readAuditEntry(text, []);
    return ` (${action}, ${at})`;
  } catch {
    return '';
  }
}
