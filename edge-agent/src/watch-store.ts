import { type Clock, MAX_SLEEP_MS } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { keepBallast } from './store/ballast.ts';
import type { Store } from './store/open-store.ts';
import { openStorageGuard, type StorageState } from './store/storage-guard.ts';
import { isStoreFull } from './store/store-error.ts';
import { verifyInBackground } from './store/verify-in-background.ts';
import type { Refusal } from './weighing/refusal.ts';

const MIB = 1024 * 1024;
const CHECK_MS = 10_000;
const DAY_MS = 24 * 3_600_000;
/** For so long the nightly check may keep the log of the database from being folded in. */
const LONGEST_CHECK_MS = 3_600_000;
/** Entries after which the device vouches for the journal within it. */
const CHECKPOINT_ENTRIES = 500;

/** What looks after the store while the agent runs. */
export interface WatchedStore {
  storageState(): StorageState;
  /** Why no weighing may be started now; null when one may. */
  hindrance(): Refusal | null;
  /** Resolves when the watching has ended; rejects when the store is lost. */
  done: Promise<void>;
}

/** Watches disk and database, vouches for the journal, checks it every day, and makes backups. */
export function watchStore(
  { dataDir, storage, backup, sealBroken }: Config,
  store: Pick<Store, 'journal' | 'seal' | 'backup' | 'logGuard'>,
  { clock, log, signal }: { clock: Clock; log: Logger; signal: AbortSignal },
): WatchedStore {
  const { journal, seal, logGuard } = store;
  const refuseBelowBytes = storage.refuseBelowMiB * MIB;
  const guard = openStorageGuard(dataDir, refuseBelowBytes);
  const found = seal.state();
  if (found.kind === 'broken') log.error(found, 'seal.broken');
  checkpoint('start');

  let lastCheckpointSeq = journal.head().seq;
  journal.onAppended((headSeq) => {
    if (headSeq - lastCheckpointSeq < CHECKPOINT_ENTRIES) return;
    lastCheckpointSeq = headSeq;
    // Not within the commit that was just answered for.
    queueMicrotask(() => checkpoint('count'));
  });

  /** Not on a disk that has room for nothing but the weighing at hand. */
  function checkpoint(reason: 'start' | 'day' | 'count'): void {
    if (guard.state() === 'low') return;
    try {
      journal.checkpoint(reason);
    } catch (error) {
      // Full since the last look: the next one vouches for this part of the journal too.
      if (!isStoreFull(error)) throw error;
      log.warn({ reason }, 'checkpoint.not_kept');
    }
  }

  async function every(periodMs: number, work: () => void | Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(Math.min(periodMs, MAX_SLEEP_MS), signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (!signal.aborted) await work();
    }
  }

  async function checkStorage(): Promise<void> {
    const before = guard.state();
    const state = guard.check();
    if (state !== before) log.warn({ from: before, to: state }, 'storage.state');
    checkLog();
    if (state !== 'low') await keepBallast(dataDir, storage.ballastMiB * MIB, refuseBelowBytes);
  }

  /** An alarm once: nobody's reading may fill the disk. */
  function checkLog(): void {
    const wasHeld = logGuard.state().held;
    const { held, bytes } = logGuard.check();
    if (held && !wasHeld) log.error({ bytes }, 'store.log_held');
    if (!held && wasHeld) log.info({ bytes }, 'store.log_free');
  }

  async function checkDay(): Promise<void> {
    checkpoint('day');
    const found = await verifyInBackground(dataDir, LONGEST_CHECK_MS, clock);
    if (found === 'too_long') {
      log.error({ limitMs: LONGEST_CHECK_MS }, 'store.check_too_long');
      return;
    }
    const { pages, verdict } = found;
    log.info({ pages, verdict: verdict.kind }, 'store.verified');
    if (verdict.kind === 'broken') seal.note(verdict.breaks);
    if (pages !== 'ok') log.error({ pages }, 'store.damaged');
    const now = seal.state();
    if (now.kind === 'broken') log.error(now, 'seal.broken');
  }

  async function makeBackup(file: string): Promise<void> {
    try {
      log.info({ file, ...(await store.backup(file)) }, 'backup.made');
    } catch (error) {
      // Without its backup the agent weighs on; the alarm stands in the log.
      log.error({ file, detail: (error as Error).message }, 'backup.failed');
    }
  }

  const watching = [every(CHECK_MS, checkStorage), every(DAY_MS, checkDay)];
  if (backup !== undefined) watching.push(every(backup.everyMinutes * 60_000, () => makeBackup(backup.file)));
  return {
    storageState: () => (guard.state() === 'ok' && logGuard.state().held ? 'warn' : guard.state()),
    hindrance: () => {
      if (guard.state() === 'low') return { code: 'storage_low' };
      const state = seal.state();
      if (sealBroken === 'warn' || state.kind === 'intact') return null;
      return { code: 'seal_broken', brokenAtSeq: state.brokenAtSeq };
    },
    done: Promise.all(watching).then(() => undefined),
  };
}
