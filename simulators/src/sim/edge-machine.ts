import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { indicatorOf } from '@weighgate/edge-agent/src/indicator/models.ts';
import { openMasterDataBook } from '@weighgate/edge-agent/src/store/master-data-book.ts';
import { openStore, type Store } from '@weighgate/edge-agent/src/store/open-store.ts';
import { restoreStore } from '@weighgate/edge-agent/src/store/restore-store.ts';
import { StoreError } from '@weighgate/edge-agent/src/store/store-error.ts';
import {
  type JournalPump,
  type PumpedStore,
  pumpJournal,
} from '@weighgate/edge-agent/src/sync/journal-pump.ts';
import { masterDataCopy } from '@weighgate/edge-agent/src/sync/master-data-copy.ts';
import type { RunLink } from '@weighgate/edge-agent/src/sync/mqtt-link.ts';
import { type Deck, deckOf } from '@weighgate/edge-agent/src/weighing/deck.ts';
import { type SessionDesk, sessionDesk } from '@weighgate/edge-agent/src/weighing/session-desk.ts';
import { defaultStabilityRule } from '@weighgate/edge-agent/src/weighing/stability.ts';
import type { Clock, MakeId } from '@weighgate/protocol';
import { pino } from 'pino';
import type { Random } from '../random.ts';
import { disturbCommits, type StorageFault } from './disturb-commits.ts';
import type { History } from './history.ts';
import { type ProcessClock, processClock } from './process-clock.ts';
import { putSeededKey } from './seeded-key.ts';
import type { Witness } from './witness.ts';

/** The agent as it runs on a machine: its store, its desk and its pump, all of them the production ones. */
export interface RunningEdge {
  store: Store;
  desk: SessionDesk;
  deck: Deck;
  pump: JournalPump;
  clock: ProcessClock;
}

/** A computer at a weighbridge, with its disk. */
export interface EdgeMachine {
  readonly number: number;
  readonly device: string;
  /** Undefined while it is down. */
  running(): RunningEdge | undefined;
  start(): void;
  /** The agent is gone from one moment to the next; with `losesPower`, what was not flushed is gone too. */
  crash(downMs: number, losesPower?: boolean): void;
  /** The power is cut when the next weighing has just been reported. */
  cutPowerAfterReport(downMs: number): void;
  /** A weighing has just been reported. */
  noteReport(): void;
  stepClock(stepMs: number): void;
  copyDisk(): void;
  putOldDiskBack(): void;
  wipeDisk(): void;
  backUp(): Promise<void>;
  restoreBackup(): void;
  /** What the next commits meet; null for nothing. */
  setStorageFault(fault: StorageFault | null): void;
  /** The end of the world: everything is closed. */
  close(): void;
}

/** What an edge does otherwise than the production one; nothing, for the checks themselves. */
export interface WeakEdge {
  link?: (link: RunLink, device: string) => RunLink;
  store?: (store: Store) => void;
  /** A power cut takes the last commit with it. */
  losesLastCommit?: boolean;
}

export interface EdgeMachineParts {
  clock: Clock;
  random: Random;
  makeId: MakeId;
  history: History;
  witness: Witness;
  link: RunLink;
  weak: WeakEdge;
  drop: (device: string) => void;
}

const DISK_SWAP_MS = 20_000;
const RESTART_MS = 5_000;
const SCALE = 'north';
const deckRule = {
  thresholdKg: 500,
  maxKg: 60_000,
  zeroBandKg: 50,
  staleAfterMs: 1_000,
  stability: defaultStabilityRule,
};
const log = pino({ level: 'silent' });

/** @param folder where the machine's disk and its copies are kept */
export function edgeMachine(
  number: number,
  folder: string,
  { clock: world, random, makeId, history, witness, link, weak, drop }: EdgeMachineParts,
): EdgeMachine {
  const device = `gate-${number}`;
  const draw = random.fork(device);
  const disk = join(folder, 'disk');
  const copy = join(folder, 'copy');
  const backup = join(folder, 'backup.db');
  const beforeLast = join(folder, 'before-last');
  let running: RunningEdge | undefined;
  let boots = 0;
  let wallOffsetMs = 0;
  let fault: StorageFault | null = null;
  let cutAfterReport: { downMs: number } | null = null;
  let onCopy: ReadonlySet<string> | null = null;
  let inBackup: ReadonlySet<string> | null = null;
  let life = 0;
  putSeededKey(disk, device);

  function start(): void {
    if (running !== undefined) return;
    life += 1;
    boots += 1;
    const clock = processClock(world, () => wallOffsetMs);
    const of = life;
    // Not at once: whoever says so is still at work on the store.
    const onFatal = (error: Error) => {
      history.note(`${device} ends: ${error instanceof StoreError ? error.code : error.message}`);
      void world.sleep(0).then(() => of === life && crash(RESTART_MS));
    };
    const keep = (work: () => void) => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.code !== 'store_full') onFatal(error);
      }
    };
    const bootId = `boot-${number}-${boots}`;
    const parts = { clock, makeId, bootId, processId: 1 };
    const store = openStore({ dataDir: disk, device, site: 'SIM' }, parts);
    disturbCommits(store, () => fault, forgetFault);
    if (weak.losesLastCommit === true) keepStateBeforeEachCommit(store);
    weak.store?.(store);
    const deck = deckOf(deckRule, store.registeredLoads.isRegistered(SCALE));
    deck.onRegisteredChange((registered) => {
      if (!registered) keep(() => store.registeredLoads.clear(SCALE));
    });
    const scale = { id: SCALE, deck, indicator: indicatorOf({ model: 'mt-continuous' }) };
    const desk = sessionDesk([scale], store.weighings, {
      clock,
      makeId,
      trucks: store.trucks,
      masterData: openMasterDataBook(store.masterData, clock, 30),
    });
    const sync = { clock, random: draw.next, log, onFatal };
    const pump = pumpJournal(
      { url: 'simulated', device, credentials: () => ({ kind: 'none', detail: '' }) },
      store satisfies PumpedStore,
      {
        ...sync,
        bootId,
        appVersion: 'sim',
        clockState: store.clockGuard.state,
        copyMasterData: (send) => masterDataCopy(store, { ...sync, send }),
        link: weak.link?.(link, device) ?? link,
      },
    );
    running = { store, desk, deck, pump, clock };
    const { incarnation } = store.identity;
    history.note(`${device} started at ${store.journal.head().seq} of ${incarnation}`);
  }

  function forgetFault(): void {
    fault = null;
  }

  function keepStateBeforeEachCommit(store: Store): void {
    const { commit } = store.journal;
    store.journal.commit = (work) => {
      copyFolder(disk, beforeLast);
      return commit(work);
    };
  }

  /** The process ends as it stands: what it does while it is closed down must not reach its disk. */
  function crash(downMs: number, losesPower = false): void {
    if (running === undefined) return;
    const dying = running;
    running = undefined;
    life += 1;
    dying.clock.kill();
    drop(device);
    const left = join(folder, 'left');
    if (weak.losesLastCommit === true && losesPower && existsSync(beforeLast)) copyFolder(beforeLast, left);
    else copyFolder(disk, left);
    dying.store[Symbol.dispose]();
    copyFolder(left, disk);
    history.note(`${device} is down`);
    const of = life;
    void world.sleep(downMs).then(() => of === life && start());
  }

  function swapDisk(put: () => void, holds: ReadonlySet<string>): void {
    if (running === undefined) return;
    crash(DISK_SWAP_MS);
    rmSync(beforeLast, { recursive: true, force: true });
    put();
    witness.diskReplaced(number, holds);
  }

  return {
    number,
    device,
    running: () => running,
    start,
    crash,
    cutPowerAfterReport: (downMs) => {
      cutAfterReport = { downMs };
    },
    noteReport: () => {
      if (cutAfterReport === null) return;
      const { downMs } = cutAfterReport;
      cutAfterReport = null;
      crash(downMs, true);
    },
    stepClock: (stepMs) => {
      wallOffsetMs += stepMs;
    },
    copyDisk: () => {
      copyFolder(disk, copy);
      onCopy = witness.expectedOn(number);
    },
    putOldDiskBack: () => {
      if (onCopy !== null) swapDisk(() => copyFolder(copy, disk), onCopy);
    },
    wipeDisk: () => {
      swapDisk(() => {
        rmSync(disk, { recursive: true });
        putSeededKey(disk, device);
      }, new Set());
    },
    backUp: async () => {
      if (running === undefined) return;
      await running.store.backup(backup);
      inBackup = witness.expectedOn(number);
    },
    restoreBackup: () => {
      if (inBackup === null) return;
      swapDisk(() => {
        restoreStore(disk, backup, { clock: processClock(world, () => wallOffsetMs), makeId, processId: 1 });
      }, inBackup);
    },
    setStorageFault: (next) => {
      fault = next;
    },
    close: () => {
      running?.clock.kill();
      running?.store[Symbol.dispose]();
      running = undefined;
      life += 1;
    },
  };
}

function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  // Without the shared memory of SQLite, which no disk keeps, and without what a restore has put aside.
  cpSync(from, to, { recursive: true, filter: (path) => !/-shm$|\/replaced-/.test(path) });
}
