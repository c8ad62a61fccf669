import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, genesisHash, isoInstant, type MakeId } from '@weighgate/protocol';
import { checkBackup } from './backup-store.ts';
import { openDeviceKey } from './device-key.ts';
import { lockDataDir } from './lock.ts';
import { databasePath, openDatabase } from './open-database.ts';
import { flushFolder, openSignedHead } from './signed-head.ts';
import { StoreError } from './store-error.ts';

/** What a restore has done. */
export interface RestoreReport {
  entries: number;
  incarnation: string;
  parentIncarnation: string;
  /** The last entry that the new life shares with the one it goes on from. */
  parentSeq: number;
  /** Where the replaced database is kept; null when there was none. */
  keptIn: string | null;
}

/**
 * Puts a backup in the place of the database. It becomes a new life of the database: its entries and tickets are
 * numbered anew under names of their own, so nothing that was issued after the backup can be issued again.
 * @throws StoreError `store_locked` while an agent runs, `store_unusable` when the backup is damaged
 */
export function restoreStore(
  dataDir: string,
  file: string,
  { clock, makeId, processId }: { clock: Clock; makeId: MakeId; processId: number },
): RestoreReport {
  if (!existsSync(file)) throw new StoreError('store_unusable', `There is no backup ${file}.`);
  using _lock = lockDataDir(dataDir, processId);
  const key = openDeviceKey(dataDir);
  const { entries } = checkBackup(file, key.publicKey);
  const now = isoInstant(clock.now());

  // Everything is made ready beside it; the old database goes aside only for a rename.
  const draftDir = join(dataDir, `restoring-${processId}`);
  rmSync(draftDir, { recursive: true, force: true });
  mkdirSync(draftDir, { recursive: true });
  copyFileSync(file, databasePath(draftDir));
  const born = beginNewLife(draftDir, makeId(), now);

  const keptIn = setAside(dataDir, now);
  renameSync(databasePath(draftDir), databasePath(dataDir));
  rmSync(draftDir, { recursive: true, force: true });
  flushFolder(dataDir);
  const { device, incarnation } = born;
  using head = openSignedHead(dataDir, key);
  head.keep({ incarnation, seq: 0, hash: genesisHash(device, incarnation) }, true);
  return { entries, keptIn, ...born };
}

function beginNewLife(draftDir: string, incarnation: string, now: string) {
  const database = openDatabase(draftDir);
  try {
    const before = database
      .prepare<[], { device: string; parentIncarnation: string; parentSeq: number }>(`
        SELECT device, incarnation AS parentIncarnation,
          coalesce((SELECT max(seq) FROM journal WHERE journal.incarnation = identity.incarnation), 0) AS parentSeq
        FROM identity
      `)
      .get();
    if (before === undefined) throw new StoreError('store_unusable', 'The backup names no device.');
    database
      .prepare('UPDATE identity SET incarnation = ?, born_at = ?, parent_incarnation = ?, parent_seq = ?')
      .run(incarnation, now, before.parentIncarnation, before.parentSeq);
    // The copy that is renamed must be whole in one file.
    database.pragma('wal_checkpoint(TRUNCATE)');
    return { incarnation, ...before };
  } finally {
    database.close();
  }
}

/** Moves the database out of the way. @returns where it is kept; null when there is none */
export function setAside(dataDir: string, now: string): string | null {
  if (!existsSync(databasePath(dataDir))) return null;
  const keptIn = join(dataDir, `replaced-${now.replaceAll(/[-:.]/g, '')}`);
  mkdirSync(keptIn);
  for (const ending of ['', '-wal', '-shm']) {
    const path = `${databasePath(dataDir)}${ending}`;
    if (existsSync(path)) renameSync(path, `${databasePath(keptIn)}${ending}`);
  }
  flushFolder(keptIn);
  return keptIn;
}
