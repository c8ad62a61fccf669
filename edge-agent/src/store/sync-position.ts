import type Database from 'better-sqlite3';
import type { Identity } from './identity.ts';

/** How far the cloud has acknowledged this incarnation. */
export interface SyncPosition {
  ackedSeq(): number;
  cloudEpoch(): string | null;
  /** Keeps the cloud's word. It may be lower than before: a restored cloud asks again. */
  set(ackedSeq: number, cloudEpoch: string): void;
}

export function openSyncPosition(database: Database.Database, { incarnation }: Identity): SyncPosition {
  const select = database.prepare<[string], { ackedSeq: number; cloudEpoch: string }>(`
    SELECT acked_seq AS ackedSeq, cloud_epoch AS cloudEpoch FROM sync_positions WHERE incarnation = ?
  `);
  const upsert = database.prepare(`
    INSERT INTO sync_positions (incarnation, acked_seq, cloud_epoch) VALUES (?, ?, ?)
    ON CONFLICT (incarnation) DO UPDATE SET acked_seq = excluded.acked_seq, cloud_epoch = excluded.cloud_epoch
  `);
  return {
    ackedSeq: () => select.get(incarnation)?.ackedSeq ?? 0,
    cloudEpoch: () => select.get(incarnation)?.cloudEpoch ?? null,
    set: (ackedSeq, cloudEpoch) => void upsert.run(incarnation, ackedSeq, cloudEpoch),
  };
}
