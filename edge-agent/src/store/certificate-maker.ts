import {
  type Certificate,
  type CertificateStatement,
  certificateClaimOf,
  isoInstant,
  MAX_CERTIFICATE_ENTRIES,
  type TalliedEntry,
  tallyOf,
  type Uuid,
} from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { DeviceKey } from './device-key.ts';

/** A stretch of one life's chain. */
export interface Stretch {
  device: string;
  incarnation: Uuid;
  /** The position in the journal before the life's first entry. */
  base: number;
  firstSeq: number;
  lastSeq: number;
}

/** Certifies stretches of the journal. @returns undefined when the stretch holds no entry */
export function certificateMaker(
  database: Database.Database,
  key: Pick<DeviceKey, 'publicKey' | 'sign'>,
): (stretch: Stretch, nowMs: number) => Certificate | undefined {
  const selectEntries = database.prepare<[number, number, number], TalliedEntry>(`
    SELECT seq, hash, entry_text AS entryText FROM journal WHERE position > ? AND position <= ? ORDER BY position LIMIT ?
  `);
  return ({ base, firstSeq, lastSeq, ...chain }, nowMs) => {
    const entries = selectEntries.iterate(base + firstSeq - 1, base + lastSeq, MAX_CERTIFICATE_ENTRIES);
    const tallied = tallyOf(chain, entries);
    if (tallied === undefined) return undefined;
    const said: CertificateStatement = {
      v: 1,
      by: 'device',
      madeAt: isoInstant(nowMs),
      facts: tallied.facts,
    };
    const statement = JSON.stringify(said);
    const signature = key.sign(certificateClaimOf(statement));
    return { statement, signature, publicKey: key.publicKey, rows: tallied.rows };
  };
}
