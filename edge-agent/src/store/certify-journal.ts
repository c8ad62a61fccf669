import { existsSync } from 'node:fs';
import { type Certificate, MAX_CERTIFICATE_ENTRIES, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { certificateMaker, type Stretch } from './certificate-maker.ts';
import { deviceKeyPath, openDeviceKey, readPublicKey } from './device-key.ts';
import { openDatabaseReadOnly } from './open-database.ts';
import { StoreError } from './store-error.ts';

/** Entries by their numbers in the present life, or by when they were made: from, and until before to, in ms. */
export type CertifiedPart =
  | { kind: 'seqs'; firstSeq: number; lastSeq: number }
  | { kind: 'period'; fromMs: number; toMs: number };

/**
 * Certifies part of the journal in a data folder, also beside a running agent: one certificate for each life of the
 * database that has entries of it.
 * @throws StoreError `store_unusable` when there is no database or key, or when it is more than one certificate holds
 */
export function certifyJournal(dataDir: string, part: CertifiedPart, nowMs: number): Certificate[] {
  const database = openDatabaseReadOnly(dataDir);
  try {
    // A key that was made now would not be this device's.
    const key = existsSync(deviceKeyPath(dataDir)) ? openDeviceKey(dataDir) : refuseWithoutKey(dataDir);
    const certificateOf = certificateMaker(database, key);
    return stretchesOf(database, part).flatMap((stretch) => {
      if (stretch.lastSeq - stretch.firstSeq >= MAX_CERTIFICATE_ENTRIES) {
        throw new StoreError(
          'store_unusable',
          `That is ${stretch.lastSeq - stretch.firstSeq + 1} entries and one certificate holds ${MAX_CERTIFICATE_ENTRIES}: ask for a shorter part.`,
        );
      }
      return certificateOf(stretch, nowMs) ?? [];
    });
  } finally {
    database.close();
  }
}

function refuseWithoutKey(dataDir: string): never {
  readPublicKey(dataDir);
  throw new StoreError('store_unusable', `The device's key in ${deviceKeyPath(dataDir)} has come and gone.`);
}

interface LifeRow {
  device: string;
  incarnation: Uuid;
  base: number;
  /** The last entry that counts of this life: what comes after it was carried into a later one. */
  lastSeq: number;
  isPresent: 0 | 1;
}

/** Each life's part of it; what was carried over counts where it was carried to. */
function stretchesOf(database: Database.Database, part: CertifiedPart): Stretch[] {
  const lives = database
    .prepare<[], LifeRow>(`
      SELECT identity.device, lives.incarnation, lives.base,
        min(coalesce(lives.parted_after, 9007199254740991),
          coalesce((SELECT max(seq) FROM journal WHERE journal.incarnation = lives.incarnation), 0)) AS lastSeq,
        lives.incarnation = identity.incarnation AS isPresent
      FROM lives, identity ORDER BY lives.life
    `)
    .all();
  if (part.kind === 'seqs') {
    const { firstSeq } = part;
    return lives
      .filter(({ isPresent }) => isPresent === 1)
      .map(({ device, incarnation, base, lastSeq }) => {
        return { device, incarnation, base, firstSeq, lastSeq: Math.min(part.lastSeq, lastSeq) };
      })
      .filter((stretch) => stretch.firstSeq <= stretch.lastSeq);
  }
  // A carried entry was made when the fact inside it was.
  const selectSpan = database.prepare<
    Record<string, number>,
    { firstSeq: number | null; lastSeq: number | null }
  >(`
    WITH made AS (
      SELECT seq, json_extract(
        iif(kind = 'entry.carried', json_extract(entry_text, '$.body.entryText'), entry_text), '$.at.wallMs') AS wall_ms
      FROM journal WHERE position > @base AND position <= @base + @lastSeq
    )
    SELECT min(seq) AS firstSeq, max(seq) AS lastSeq FROM made WHERE wall_ms >= @fromMs AND wall_ms < @toMs
  `);
  return lives.flatMap(({ device, incarnation, base, lastSeq: ended }) => {
    const { fromMs, toMs } = part;
    const { firstSeq = null, lastSeq = null } = selectSpan.get({ base, lastSeq: ended, fromMs, toMs }) ?? {};
    return firstSeq === null || lastSeq === null ? [] : [{ device, incarnation, base, firstSeq, lastSeq }];
  });
}
