import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { isoInstant } from '@weighgate/protocol';
import { lockDataDir } from './lock.ts';
import { databasePath, openDatabaseReadOnly } from './open-database.ts';
import { openStore, type StoreParts, type StoreSettings } from './open-store.ts';
import { restoreStore, setAside } from './restore-store.ts';
import { salvageEntries } from './salvage-entries.ts';
import { signedHeadPath } from './signed-head.ts';
import { StoreError } from './store-error.ts';

/** What a repair has done. */
export type RepairOutcome =
  /** The pages of the database are well; nothing was done. */
  | { kind: 'sound' }
  /** A new life from a backup, after so many entries of it. */
  | { kind: 'restored'; file: string; entries: number; keptIn: string | null; salvaged: number }
  /** A new and empty life. */
  | { kind: 'emptied'; keptIn: string | null; salvaged: number }
  /** There is no backup to go on from; nothing was done. `faults` says of each why not. */
  | { kind: 'no_backup'; faults: string[] };

/**
 * Goes down the ladder until the agent can weigh: the database itself, the first good backup, and, only where that is
 * asked for, an empty database. What is damaged is kept aside and never touched. Both ways on are new lives of the
 * database: nothing that was numbered can be numbered again.
 * @throws StoreError `store_locked` while an agent runs
 */
export function repairStore(
  settings: StoreSettings,
  { backups, mayBeginEmpty }: { backups: readonly string[]; mayBeginEmpty: boolean },
  parts: StoreParts,
): RepairOutcome {
  const { dataDir } = settings;
  const damage = damageOf(dataDir, parts.processId);
  if (damage === null) return { kind: 'sound' };
  const faults: string[] = [];
  for (const file of backups) {
    try {
      const { entries, keptIn } = restoreStore(dataDir, file, parts);
      recordNewLife(settings, damage, `${entries} entries of a backup`, parts);
      return { kind: 'restored', file, entries, keptIn, salvaged: salvagedFrom(keptIn) };
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'store_unusable') throw error;
      faults.push(error.message);
    }
  }
  if (!mayBeginEmpty) return { kind: 'no_backup', faults };
  const keptIn = beginEmpty(dataDir, parts);
  recordNewLife(settings, damage, 'empty', parts);
  return { kind: 'emptied', keptIn, salvaged: salvagedFrom(keptIn) };
}

/** What is wrong with the pages of a database, in words; null when nothing is. */
function damageOf(dataDir: string, processId: number): string | null {
  using _lock = lockDataDir(dataDir, processId);
  try {
    const database = openDatabaseReadOnly(dataDir);
    try {
      const words = String(database.pragma('quick_check(1)', { simple: true }));
      return words === 'ok' ? null : words;
    } finally {
      database.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}

/** Nothing is left of the old life but what is kept aside, with what the device signed for it. */
function beginEmpty(dataDir: string, { clock, processId }: StoreParts): string | null {
  using _lock = lockDataDir(dataDir, processId);
  const keptIn = setAside(dataDir, isoInstant(clock.now()));
  const head = signedHeadPath(dataDir);
  if (keptIn !== null && existsSync(head)) renameSync(head, join(keptIn, 'signed-head'));
  return keptIn;
}

/** The new life begins with the entry that says why there is one: a change of a sealable parameter. */
function recordNewLife(settings: StoreSettings, damage: string, from: string, parts: StoreParts): void {
  using store = openStore(settings, parts);
  const [old, now] = [{ damaged: damage }, { incarnation: store.identity.incarnation, from }];
  store.sealedParameters.recordChange('site.database', JSON.stringify(old), JSON.stringify(now), 'machine');
}

function salvagedFrom(keptIn: string | null): number {
  return keptIn !== null && existsSync(databasePath(keptIn)) ? salvageEntries(keptIn) : 0;
}
