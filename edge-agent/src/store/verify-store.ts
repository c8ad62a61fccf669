import { type BreakReason, genesisHash, isChainHash } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { checkEntry, type JournalTableRow, journalTableColumns, type StoreBreak } from './check-entry.ts';
import { projectionCheck } from './check-projection.ts';
import { readPublicKey } from './device-key.ts';
import { openDatabaseReadOnly } from './open-database.ts';
import { readSignedHead, type SignedHead } from './signed-head.ts';
import { StoreError } from './store-error.ts';

/** What a walk through everything found. `brokenAtSeq` is the first bad entry; `breaks` are all, at most 100. */
export type StoreVerdict =
  | { kind: 'intact'; entries: number; headHash: string; checkpoints: number }
  | {
      kind: 'broken';
      brokenAtSeq: number;
      reason: BreakReason;
      detail: string;
      breaks: readonly StoreBreak[];
    };

export interface VerifyOptions {
  /** The device's public key, from elsewhere than the folder; the folder's own when left out. */
  publicKey?: string;
}

const MAX_BREAKS = 100;

/**
 * Walks everything in a data folder, also beside a running agent: the chain, its signatures, the head signed last, and
 * that what is shown of the weighings is what the journal says.
 * @throws StoreError `store_unusable` when there is no database, or no key to check with
 */
export function verifyStore(dataDir: string, options: VerifyOptions = {}): StoreVerdict {
  const database = openDatabaseReadOnly(dataDir);
  try {
    identityIn(database);
    // Before the journal: it may grow meanwhile, and a head signed after the walk began would be beyond it.
    const publicKey = options.publicKey ?? readPublicKey(dataDir);
    return verifyDatabase(database, publicKey, readSignedHead(dataDir, publicKey));
  } finally {
    database.close();
  }
}

/** Who the database belongs to. @throws StoreError `store_unusable` when no agent has run on it */
function identityIn(database: Database.Database): { device: string; incarnation: string } {
  const identity = database
    .prepare<[], { device: string; incarnation: string }>('SELECT device, incarnation FROM identity')
    .get();
  if (identity === undefined)
    throw new StoreError('store_unusable', `${database.name} has no identity yet: no agent has run on it.`);
  return identity;
}

/**
 * Walks one database.
 * @param signedHead what the device signed last; undefined when nothing vouches for the journal's end, null when that is
 *   not asked, as of a copy
 */
export function verifyDatabase(
  database: Database.Database,
  publicKey: string,
  signedHead: SignedHead | undefined | null,
): StoreVerdict {
  const { device, incarnation } = identityIn(database);
  const breaks: StoreBreak[] = [];
  const note = (found: StoreBreak) => {
    if (breaks.length < MAX_BREAKS) breaks.push(found);
  };
  const projection = projectionCheck(database);
  const chain = { device, publicKeys: [publicKey] };
  let previous: { seq: number; hash: string | null } = { seq: 0, hash: genesisHash(device, incarnation) };
  let walked: string | null = null;
  let [entries, checkpoints, lastCheckpointSeq] = [0, 0, 0];
  let signedHash: string | null = signedHead?.seq === 0 ? signedHead.hash : null;
  const rows = database
    .prepare<[], JournalTableRow>(`SELECT ${journalTableColumns} FROM journal ORDER BY position`)
    .iterate();
  for (const row of rows) {
    if (row.incarnation !== walked && (walked === null || row.seq === 1)) {
      walked = row.incarnation;
      previous = { seq: 0, hash: genesisHash(device, walked) };
      lastCheckpointSeq = 0;
    }
    if (row.seq !== previous.seq + 1) {
      const seq = previous.seq + 1;
      note({ seq, reason: 'missing_entry', detail: `after entry ${previous.seq} comes entry ${row.seq}` });
      previous = { seq: row.seq - 1, hash: null };
    }
    const checked = checkEntry(row, previous, chain);
    if (checked.kind === 'broken') note(checked.break);
    else if (checked.entry !== null) {
      const differs = projection.differs(checked.entry);
      if (differs !== null) note({ seq: row.seq, reason: 'projection_differs', detail: differs });
      if (checked.entry.kind === 'journal.checkpoint') {
        checkpoints += 1;
        lastCheckpointSeq = row.seq;
      }
    }
    entries += 1;
    // What is no hash proves nothing of the entry after it.
    previous = { seq: row.seq, hash: isChainHash(row.hash) ? row.hash : null };
    if (row.incarnation === incarnation && row.seq === signedHead?.seq) signedHash = row.hash;
  }
  const headSeq = walked === incarnation ? previous.seq : 0;
  if (signedHead !== null) {
    const found = headBreakOf(signedHead, { incarnation, headSeq, signedHash, lastCheckpointSeq });
    // A head that differs because of a break found already is the same break.
    if (found !== null && (breaks.length === 0 || found.reason === 'truncated')) note(found);
  }
  const leftOver = breaks.length === 0 ? projection.leftOver() : null;
  if (leftOver !== null) note({ seq: headSeq, reason: 'projection_differs', detail: leftOver });

  const [first] = breaks;
  if (first === undefined) return { kind: 'intact', entries, headHash: previous.hash ?? '', checkpoints };
  const { seq, reason, detail } = first;
  return { kind: 'broken', brokenAtSeq: seq, reason, detail, breaks };
}

/** Compares the journal's end with what the device signed last. */
export function headBreakOf(
  signed: SignedHead | undefined,
  journal: { incarnation: string; headSeq: number; signedHash: string | null; lastCheckpointSeq: number },
): StoreBreak | null {
  const { headSeq, lastCheckpointSeq } = journal;
  if (signed === undefined) {
    if (headSeq === 0) return null;
    return { seq: headSeq, reason: 'head_missing', detail: 'what the device signed last is gone' };
  }
  if (signed.incarnation !== journal.incarnation) {
    const detail = `the device signed ${signed.seq} entries of another database, which is not here`;
    return signed.seq === 0 ? null : { seq: 1, reason: 'truncated', detail };
  }
  if (signed.seq > headSeq) {
    const detail = `the device signed up to entry ${signed.seq}, the journal ends at ${headSeq}`;
    return { seq: headSeq + 1, reason: 'truncated', detail };
  }
  if (signed.hash === journal.signedHash) return null;
  const seq = lastCheckpointSeq + 1;
  return { seq, reason: 'wrong_signature', detail: `not the entries the device signed, from ${seq} on` };
}
