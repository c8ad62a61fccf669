import {
  type BreakReason,
  hashFollows,
  isSigned,
  type JournalEntry,
  journalClaimOf,
  readEntry,
} from '@weighgate/protocol';

/** A row of the journal as it is stored. */
export interface JournalTableRow {
  position: number;
  incarnation: string;
  seq: number;
  uuid: string;
  kind: string;
  hash: string;
  entryText: string;
}

export const journalTableColumns =
  'position, incarnation, seq, uuid, kind, hash, entry_text AS entryText' as const;

/** Where the journal does not hold, and why. */
export interface StoreBreak {
  seq: number;
  reason: BreakReason;
  /** For people. */
  detail: string;
}

/** What one row turned out to be. `entry` is null for a kind that a newer version wrote. */
export type CheckedEntry =
  | { kind: 'sound'; entry: JournalEntry | null }
  | { kind: 'broken'; break: StoreBreak };

/**
 * Checks one row: that it follows from the one before, is an entry in its own place, and, where it is a checkpoint, that
 * this device signed it for what stands before it.
 * @param previous the row before; hash null when it is not there, and the hash then stays unproven
 */
export function checkEntry(
  row: JournalTableRow,
  previous: { seq: number; hash: string | null },
  { device, publicKeys }: { device: string; publicKeys: readonly string[] },
): CheckedEntry {
  const broken = (reason: BreakReason, detail: string): CheckedEntry => ({
    kind: 'broken',
    break: { seq: row.seq, reason, detail },
  });
  if (previous.hash !== null && !hashFollows(previous.hash, row.entryText, row.hash))
    return broken('wrong_hash', `entry ${row.seq} is not what was hashed`);
  const reading = readEntry(row.entryText);
  if (reading.kind === 'malformed') return broken('wrong_place', `entry ${row.seq}: ${reading.reason}`);
  const header = reading.kind === 'known' ? reading.entry : reading.header;
  const inPlace =
    header.device === device &&
    header.incarnation === row.incarnation &&
    header.seq === row.seq &&
    header.uuid === row.uuid &&
    header.kind === row.kind;
  if (!inPlace) return broken('wrong_place', `entry ${row.seq} says that it is another`);
  if (reading.kind === 'unknown') return { kind: 'sound', entry: null };
  const { entry } = reading;
  if (entry.kind !== 'journal.checkpoint') return { kind: 'sound', entry };
  const { head, signature } = entry.body;
  if (head.seq !== previous.seq || (previous.hash !== null && head.hash !== previous.hash))
    return broken('wrong_signature', `checkpoint ${row.seq} vouches for another journal`);
  const claim = journalClaimOf(row.incarnation, head);
  if (!publicKeys.some((publicKey) => isSigned(claim, signature, publicKey)))
    return broken('wrong_signature', `checkpoint ${row.seq} is not signed by this device`);
  return { kind: 'sound', entry };
}
