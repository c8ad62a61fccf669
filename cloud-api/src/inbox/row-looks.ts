import {
  type Batch,
  chainHash,
  type EntryReading,
  type JournalRow,
  journalClaimOf,
  readEntry,
  signatureCheckOf,
} from '@weighgate/protocol';

/** Devices whose keys are remembered; beyond it, the one unheard longest is forgotten. */
const MAX_DEVICES = 1_000;
/** Rows looked at without letting anything else run: about a millisecond. */
const ROWS_AT_ONCE = 10;

/**
 * What can be told of a row without the database: each is told once, also when it is asked for again. Nothing is believed
 * for having been looked at ahead: whoever asks names what the row has to follow from and whose key has to have signed it.
 */
export interface RowLooks {
  hashOf(row: JournalRow, previousHash: string): string;
  readingOf(row: JournalRow): EntryReading;
  isSigned(row: JournalRow, incarnation: string, publicKey: string): boolean;
}

/** The same, with looking ahead at batches that wait while the database works on those before them. */
export interface AheadLooks extends RowLooks {
  /** Says which keys a device's rows were judged by last: its next ones will probably be signed with one of them. */
  remember(device: string, publicKeys: readonly string[]): void;
  /** Looks at every row of a batch, and lets others run in between. */
  lookAhead(batch: Batch): Promise<void>;
}

interface Look {
  hash?: { previousHash: string; hash: string };
  reading?: EntryReading;
  signed?: { claim: string; publicKey: string; isSigned: boolean };
}

/** @param pause lets whatever else is due run */
export function makeRowLooks(pause: () => Promise<void> = async () => undefined): AheadLooks {
  const looks = new WeakMap<JournalRow, Look>();
  const checks = new Map<string, (claim: string, signature: string) => boolean>();
  const remembered = new Map<string, readonly string[]>();

  function lookOf(row: JournalRow): Look {
    const known = looks.get(row) ?? {};
    looks.set(row, known);
    return known;
  }

  function checkOf(publicKey: string) {
    const check = checks.get(publicKey) ?? signatureCheckOf(publicKey);
    keep(checks, publicKey, check);
    return check;
  }

  function hashOf(row: JournalRow, previousHash: string): string {
    const look = lookOf(row);
    if (look.hash?.previousHash !== previousHash) {
      look.hash = { previousHash, hash: chainHash(previousHash, row.entry) };
    }
    return look.hash.hash;
  }

  function readingOf(row: JournalRow): EntryReading {
    const look = lookOf(row);
    look.reading ??= readEntry(row.entry);
    return look.reading;
  }

  function isSigned(row: JournalRow, incarnation: string, publicKey: string): boolean {
    if (row.signature === null) return false;
    const look = lookOf(row);
    const claim = journalClaimOf(incarnation, row);
    if (look.signed?.claim !== claim || look.signed.publicKey !== publicKey) {
      look.signed = { claim, publicKey, isSigned: checkOf(publicKey)(claim, row.signature) };
    }
    return look.signed.isSigned;
  }

  return {
    hashOf,
    readingOf,
    isSigned,
    remember: (device, publicKeys) => keep(remembered, device, publicKeys),
    lookAhead: async ({ device, incarnation, previousHash, rows }) => {
      let before = previousHash;
      for (const [i, row] of rows.entries()) {
        if (i % ROWS_AT_ONCE === 0) await pause();
        hashOf(row, before);
        readingOf(row);
        for (const publicKey of remembered.get(device) ?? []) isSigned(row, incarnation, publicKey);
        before = row.hash;
      }
    },
  };
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_DEVICES && oldest !== undefined) map.delete(oldest);
}
