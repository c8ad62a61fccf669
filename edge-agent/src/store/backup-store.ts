import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { flushFolder } from './signed-head.ts';
import { StoreError } from './store-error.ts';
import { verifyDatabase } from './verify-store.ts';

/** A backup that was checked. */
export interface BackupReport {
  entries: number;
  headHash: string;
}

/** All pages in one step: a copy made in several would start again at every weighing. */
const ALL_PAGES = 0x7fffffff;

/**
 * Copies the database as it is now, checks the copy, and only then gives it its name: what stood there before is kept
 * until then.
 * @throws StoreError `store_unusable` when it cannot be written, or does not hold what it should
 */
export async function backupStore(
  database: Database.Database,
  file: string,
  publicKey: string,
): Promise<BackupReport> {
  const draft = `${file}.draft`;
  try {
    rmSync(draft, { force: true });
    await database.backup(draft, { progress: () => ALL_PAGES });
    const report = checkBackup(draft, publicKey);
    flushFile(draft);
    renameSync(draft, file);
    flushFolder(dirname(file));
    return report;
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const message = `The backup ${file} could not be written: ${(cause as Error).message}.`;
    throw new StoreError('store_unusable', message, { cause });
  } finally {
    rmSync(draft, { force: true });
    for (const ending of ['-wal', '-shm', '-journal']) rmSync(`${draft}${ending}`, { force: true });
  }
}

/**
 * Whether a copy holds a whole and intact journal.
 * @throws StoreError `store_unusable`, naming the first thing that is wrong
 */
export function checkBackup(file: string, publicKey: string): BackupReport {
  const copy = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const words = copy.pragma('quick_check', { simple: true });
    if (words !== 'ok') throw new StoreError('store_unusable', `The copy ${file} is damaged: ${words}.`);
    const verdict = verifyDatabase(copy, publicKey, null);
    if (verdict.kind === 'broken') {
      const { brokenAtSeq, detail } = verdict;
      const message = `The copy ${file} is broken at entry ${brokenAtSeq}: ${detail}.`;
      throw new StoreError('store_unusable', message);
    }
    return { entries: verdict.entries, headHash: verdict.headHash };
  } finally {
    copy.close();
  }
}

function flushFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
