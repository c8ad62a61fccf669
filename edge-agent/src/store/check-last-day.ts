import { genesisHash, hashFollows, isChainHash } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { checkEntry, type JournalTableRow, journalTableColumns, type StoreBreak } from './check-entry.ts';
import type { Identity } from './identity.ts';
import type { SignedHead } from './signed-head.ts';
import { headBreakOf } from './verify-store.ts';

const DAY_MS = 24 * 3_600_000;
/** More entries than any weighbridge makes in a day; the nightly check walks the rest. */
const MAX_ENTRIES = 20_000;

/**
 * What the agent checks before it weighs: the chain of the last day, and that the journal ends where the device and the
 * cloud say.
 * @param nowMs wall clock
 * @param ackedSeq what the cloud has acknowledged of this incarnation
 */
export function checkLastDay(
  database: Database.Database,
  { device, incarnation }: Identity,
  { publicKey, signedHead, ackedSeq, nowMs }: LastDayKnowledge,
): StoreBreak[] {
  const breaks: StoreBreak[] = [];
  const head = database
    .prepare<[], { position: number; seq: number; incarnation: string }>(
      'SELECT position, seq, incarnation FROM journal ORDER BY position DESC LIMIT 1',
    )
    .get();
  const own = head?.incarnation === incarnation ? head : undefined;
  const headSeq = own?.seq ?? 0;
  const base = (head?.position ?? 0) - headSeq;
  const hashAt = (seq: number): string | null =>
    seq === 0
      ? genesisHash(device, incarnation)
      : (database
          .prepare<[number], string>('SELECT hash FROM journal WHERE position = ?')
          .pluck()
          .get(base + seq) ?? null);

  const firstSeq = firstSeqOfDay(database, base, headSeq, nowMs);
  const firstHash = hashAt(firstSeq - 1);
  let previous: { seq: number; hash: string | null } = {
    seq: firstSeq - 1,
    hash: firstHash !== null && isChainHash(firstHash) ? firstHash : null,
  };
  /** The chain of every entry, and all of a checkpoint: reading every entry would keep the trucks waiting. */
  function breakAt(row: JournalTableRow, before: typeof previous): StoreBreak | null {
    if (row.kind === 'journal.checkpoint') {
      const checked = checkEntry(row, before, { device, publicKeys: [publicKey] });
      return checked.kind === 'broken' ? checked.break : null;
    }
    if (before.hash === null || hashFollows(before.hash, row.entryText, row.hash)) return null;
    return { seq: row.seq, reason: 'wrong_hash', detail: `entry ${row.seq} is not what was hashed` };
  }

  const rows = database
    .prepare<[number], JournalTableRow>(
      `SELECT ${journalTableColumns} FROM journal WHERE position > ? ORDER BY position`,
    )
    .iterate(base + firstSeq - 1);
  for (const row of rows) {
    if (row.seq !== previous.seq + 1) {
      const seq = previous.seq + 1;
      breaks.push({
        seq,
        reason: 'missing_entry',
        detail: `after entry ${previous.seq} comes entry ${row.seq}`,
      });
      previous = { seq: row.seq - 1, hash: null };
    }
    const found = breakAt(row, previous);
    if (found !== null) breaks.push(found);
    // What is no hash proves nothing of the entry after it.
    previous = { seq: row.seq, hash: isChainHash(row.hash) ? row.hash : null };
  }
  if (ackedSeq > headSeq) {
    const detail = `the cloud has ${ackedSeq} entries, the journal ends at ${headSeq}`;
    breaks.push({ seq: headSeq + 1, reason: 'truncated', detail });
  }
  const found = headBreakOf(signedHead, {
    incarnation,
    headSeq,
    signedHash: signedHead === undefined ? null : hashAt(signedHead.seq),
    lastCheckpointSeq: firstSeq - 1,
  });
  if (found !== null && breaks.length === 0) breaks.push(found);
  return breaks;
}

export interface LastDayKnowledge {
  publicKey: string;
  signedHead: SignedHead | undefined;
  ackedSeq: number;
  nowMs: number;
}

/** The first entry of the last day by its own time; a damaged time counts as today's. */
function firstSeqOfDay(database: Database.Database, base: number, headSeq: number, nowMs: number): number {
  const oldest = Math.max(1, headSeq - MAX_ENTRIES + 1);
  const selectTime = database
    .prepare<[number], string>('SELECT substr(entry_text, 1, 400) FROM journal WHERE position = ?')
    .pluck();
  const isToday = (seq: number) => {
    const wallMs = /"wallMs":(\d+)/.exec(selectTime.get(base + seq) ?? '')?.[1];
    return wallMs === undefined || Number(wallMs) > nowMs - DAY_MS;
  };
  let seq = headSeq + 1;
  while (seq > oldest && isToday(seq - 1)) seq -= 1;
  return seq;
}
