import type { Clock, EntryTime } from '@weighgate/protocol';
import type Database from 'better-sqlite3';

/** The wall clock jumped: where it would be, and where it is. */
export interface ClockStep {
  expectedMs: number;
  wallMs: number;
}

/** What the operating system says of a time server; `ageMs` since it last heard of one, null where it does not tell. */
export type TimeSync =
  | { kind: 'synced'; source: string; ageMs: number | null }
  | { kind: 'not_synced'; source: string }
  | { kind: 'unknown' };

/** How far the wall clock can be trusted. Weighing never depends on it. */
export interface ClockGuard {
  /**
   * `synced`: the system keeps it by a time server. `unknown`: nobody says so, and nothing speaks against it. `manual`: it
   * was set while we watched. `unsynced`: it cannot be right, or the system says that no time server keeps it.
   */
  state(): EntryTime['clock'];
  /** What the system said just now. It holds for three minutes, and until the clock is set. */
  noteSync(said: TimeSync): void;
  /** What the system said last, while it holds. */
  timeSync(): TimeSync;
  /** The jumps seen since this was last asked, oldest first. */
  takeSteps(): ClockStep[];
  /** The computer slept for so long: measured time stood still, and the wall clock is right to be ahead of it. */
  slept(durationMs: number): void;
}

/** Nothing was weighed with this software before: a clock that says so was never set. */
const FIRST_DAY_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
/** No weighbridge stands unused for longer between two seasons. */
const LONGEST_PAUSE_MS = 400 * DAY_MS;
/** Clocks that are corrected in small steps stay below it. */
const STEP_MS = 5 * 60_000;
/** How far the mark may lag: it is not written with every weighing. */
const MARK_EVERY_MS = 60_000;
const MAX_STEPS = 100;
/** How long an answer of the system holds. */
const SYNC_HOLDS_MS = 3 * 60_000;

/**
 * Watches the wall clock against the monotonic one while running, and over restarts against the latest time that was
 * trusted. A jump of up to a day is somebody setting the clock; beyond that the time is not believed until it comes back.
 */
export function openClockGuard(database: Database.Database, clock: Clock): ClockGuard {
  const selectMark = database.prepare<[], number>('SELECT wall_ms FROM clock_mark').pluck();
  const setMark = database.prepare<[number]>(`
    INSERT INTO clock_mark (id, wall_ms) VALUES (1, ?)
    ON CONFLICT (id) DO UPDATE SET wall_ms = excluded.wall_ms
  `);
  let mark = selectMark.get();
  /** A moment at which both clocks were read and believed. */
  let believed: { wallMs: number; monoMs: number } | null = null;
  let isSet = false;
  let isLost = false;
  let steps: ClockStep[] = [];
  let sync: { said: TimeSync; atMs: number } | null = null;

  function isPlausible(wallMs: number): boolean {
    if (mark === undefined) return wallMs >= FIRST_DAY_MS;
    return wallMs >= mark - STEP_MS && wallMs <= mark + LONGEST_PAUSE_MS;
  }

  function look(): void {
    const [wallMs, monoMs] = [clock.now(), clock.monotonicMs()];
    if (believed === null) {
      if (!isPlausible(wallMs)) return;
      believed = { wallMs, monoMs };
    }
    const expectedMs = believed.wallMs + (monoMs - believed.monoMs);
    const stepMs = Math.abs(wallMs - expectedMs);
    const wasLost = isLost;
    isLost = stepMs > DAY_MS;
    if (isLost !== wasLost || (!isLost && stepMs > STEP_MS)) note({ expectedMs, wallMs });
    if (isLost) return;
    isSet ||= stepMs > STEP_MS;
    believed = { wallMs, monoMs };
    if (mark === undefined || wallMs > mark + MARK_EVERY_MS) {
      setMark.run(wallMs);
      mark = wallMs;
    }
  }

  function note(step: ClockStep): void {
    sync = null;
    steps = [...steps, { ...step, expectedMs: Math.round(step.expectedMs) }].slice(-MAX_STEPS);
  }

  function timeSync(): TimeSync {
    if (sync === null || clock.monotonicMs() - sync.atMs > SYNC_HOLDS_MS) return { kind: 'unknown' };
    return sync.said;
  }

  /** A clock that a time server keeps is right, whatever was believed before. */
  function believeNow(): void {
    const wallMs = clock.now();
    believed = { wallMs, monoMs: clock.monotonicMs() };
    [isSet, isLost] = [false, false];
    if (mark === undefined || Math.abs(wallMs - mark) > MARK_EVERY_MS) {
      setMark.run(wallMs);
      mark = wallMs;
    }
  }

  return {
    timeSync,
    noteSync: (said) => {
      look();
      sync = { said, atMs: clock.monotonicMs() };
      if (said.kind === 'synced') believeNow();
    },
    state: () => {
      look();
      const said = timeSync().kind;
      if (said === 'synced') return 'synced';
      if (believed === null || isLost) return 'unsynced';
      if (isSet) return 'manual';
      return said === 'not_synced' ? 'unsynced' : 'unknown';
    },
    takeSteps: () => {
      look();
      const taken = steps;
      steps = [];
      return taken;
    },
    slept: (durationMs) => {
      if (believed !== null) believed = { ...believed, wallMs: believed.wallMs + durationMs };
    },
  };
}
