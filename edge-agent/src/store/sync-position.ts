import type Database from 'better-sqlite3';

/** How far the cloud has acknowledged one life, and in which life of its own database; null when it never did. */
export interface Acknowledged {
  ackedSeq: number;
  cloudEpoch: string | null;
}

/** The cloud was found to hold the same as we, up to this entry, at this time by its own clock. */
export interface DigestMatch {
  matchedSeq: number;
  matchedAt: string;
  cloudEpoch: string;
}

/** What is known of the cloud's side of each life's chain. Lost or wrong, it costs a resend and nothing else. */
export interface SyncPosition {
  of(incarnation: string): Acknowledged;
  /** Keeps the cloud's word. It may be lower than before: a restored cloud asks again. */
  set(incarnation: string, ackedSeq: number, cloudEpoch: string): void;
  keepMatch(incarnation: string, match: DigestMatch): void;
  /** The latest last. */
  matches(incarnation: string): DigestMatch[];
}

export function openSyncPosition(database: Database.Database): SyncPosition {
  const select = database.prepare<[string], Acknowledged>(`
    SELECT acked_seq AS ackedSeq, cloud_epoch AS cloudEpoch FROM sync_positions WHERE incarnation = ?
  `);
  const upsert = database.prepare(`
    INSERT INTO sync_positions (incarnation, acked_seq, cloud_epoch) VALUES (?, ?, ?)
    ON CONFLICT (incarnation) DO UPDATE SET acked_seq = excluded.acked_seq, cloud_epoch = excluded.cloud_epoch
  `);
  const insertMatch = database.prepare(`
    INSERT INTO digest_matches (incarnation, matched_at, matched_seq, cloud_epoch)
    VALUES (@incarnation, @matchedAt, @matchedSeq, @cloudEpoch) ON CONFLICT DO NOTHING
  `);
  const selectMatches = database.prepare<[string], DigestMatch>(`
    SELECT matched_seq AS matchedSeq, matched_at AS matchedAt, cloud_epoch AS cloudEpoch
    FROM digest_matches WHERE incarnation = ? ORDER BY matched_at
  `);
  return {
    of: (incarnation) => select.get(incarnation) ?? { ackedSeq: 0, cloudEpoch: null },
    set: (incarnation, ackedSeq, cloudEpoch) => void upsert.run(incarnation, ackedSeq, cloudEpoch),
    keepMatch: (incarnation, match) => void insertMatch.run({ incarnation, ...match }),
    matches: (incarnation) => selectMatches.all(incarnation),
  };
}
