import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openTestStore, storeFolder } from './store-folder.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const june = Date.UTC(2026, 5, 1);

/** Starts at this wall time, appends an entry, and says what it says of the clock. */
function startAt(dataDir: string, wallMs: number): string {
  using store = openTestStore(dataDir, virtualClock(wallMs));
  store.containerTares.setTare('C-1', Math.floor(wallMs / 1000) % 100_000);
  return lastClock(store);
}

function lastClock(store: ReturnType<typeof openTestStore>): string {
  const [row] = store.journal.rowsAfter(store.journal.head().seq - 1, 1, 1e6);
  return JSON.parse(row?.entry ?? '').at.clock;
}

test.each([
  ['before the software was made', 0, 'unsynced'],
  ['this year', june, 'unknown'],
])('a new database believes a clock %s: %d %s', (_when, wallMs, state) => {
  using folder = storeFolder();
  expect(startAt(folder.dataDir, wallMs)).toBe(state);
});

test.each([
  ['1970, without a battery', 0, 'unsynced'],
  ['ten years back', june - 10 * YEAR_MS, 'unsynced'],
  ['an hour before the last trusted time', june - 3_600_000, 'unsynced'],
  ['two minutes before it', june - 120_000, 'unknown'],
  ['after the winter', june + 200 * DAY_MS, 'unknown'],
  ['ten years on', june + 10 * YEAR_MS, 'unsynced'],
])(
  'a start at %s is seen by the time kept from before, and weighing works (C01, C02)',
  (_when, wallMs, state) => {
    using folder = storeFolder();
    expect(startAt(folder.dataDir, june)).toBe('unknown');
    expect(startAt(folder.dataDir, wallMs)).toBe(state);
    // What was not believed leaves no trace: the right time is believed again.
    expect(startAt(folder.dataDir, Math.max(june, wallMs < june + YEAR_MS ? wallMs : june) + 60_000)).toBe(
      'unknown',
    );
  },
);

test('a clock that is ten years on while running is not believed until it is back (C01)', () => {
  using folder = storeFolder();
  const clock = virtualClock(june);
  using store = openTestStore(folder.dataDir, clock);
  const stateAfter = (stepMs: number) => {
    clock.step(stepMs);
    store.containerTares.setTare('C-1', Math.floor(clock.now() / 1000) % 100_000);
    return lastClock(store);
  };
  expect(stateAfter(0)).toBe('unknown');
  expect(stateAfter(10 * YEAR_MS)).toBe('unsynced');
  expect(stateAfter(DAY_MS)).toBe('unsynced');
  expect(stateAfter(-10 * YEAR_MS - DAY_MS)).toBe('unknown');
  expect(store.clockGuard.takeSteps()).toHaveLength(2);
});

test('a clock set back two hours is noted, and entries keep their order and the time between them (C03, C08)', async () => {
  using folder = storeFolder();
  const clock = virtualClock(june);
  using store = openTestStore(folder.dataDir, clock);
  store.containerTares.setTare('C-1', 1);
  await clock.advance(60_000);
  clock.step(-7_200_000);
  store.containerTares.setTare('C-1', 2);
  const [first, second] = store.journal.rowsAfter(0, 10, 1e6).map(({ entry }) => JSON.parse(entry));
  expect(second.seq).toBe(first.seq + 1);
  expect(second.at.monoMs - first.at.monoMs).toBe(60_000);
  expect(second.at.clock).toBe('manual');
  expect(store.clockGuard.takeSteps()).toEqual([{ expectedMs: june + 60_000, wallMs: june - 7_140_000 }]);
  expect(store.clockGuard.takeSteps()).toEqual([]);
});

test.each([
  Date.UTC(2038, 0, 19, 3, 14, 8),
  Date.UTC(2100, 1, 28, 23, 59, 59),
  Date.UTC(9999, 11, 31, 23, 59, 59),
])('an entry can be made at %d (C07)', (wallMs) => {
  using folder = storeFolder();
  expect(startAt(folder.dataDir, wallMs)).toBe('unknown');
});

test('a clock that a time server keeps is synced, for three minutes and until it is set', async () => {
  using folder = storeFolder();
  const clock = virtualClock(june);
  using store = openTestStore(folder.dataDir, clock);
  const { clockGuard } = store;
  const synced = { kind: 'synced', source: 'chronyc', ageMs: 4000 } as const;
  expect(clockGuard.state()).toBe('unknown');
  clockGuard.noteSync(synced);
  store.containerTares.setTare('C-1', 1);
  expect([clockGuard.state(), lastClock(store)]).toEqual(['synced', 'synced']);
  await clock.advance(3 * 60_000);
  expect(clockGuard.state()).toBe('synced');
  await clock.advance(1);
  expect(clockGuard.state()).toBe('unknown');
  clockGuard.noteSync(synced);
  clock.step(-3_600_000);
  expect(clockGuard.state()).toBe('manual');
  clockGuard.noteSync(synced);
  expect(clockGuard.state()).toBe('synced');
});

test('a system that says no is unsynced, and one that cannot be asked leaves it unknown', () => {
  using folder = storeFolder();
  using store = openTestStore(folder.dataDir, virtualClock(june));
  const { clockGuard } = store;
  clockGuard.noteSync({ kind: 'not_synced', source: 'timedatectl' });
  expect(clockGuard.state()).toBe('unsynced');
  clockGuard.noteSync({ kind: 'unknown' });
  expect(clockGuard.state()).toBe('unknown');
});

test('a time server ends what a clock that once stood years ahead had made unbelievable', () => {
  using folder = storeFolder();
  startAt(folder.dataDir, june + 300 * DAY_MS);
  using store = openTestStore(folder.dataDir, virtualClock(june));
  expect(store.clockGuard.state()).toBe('unsynced');
  store.clockGuard.noteSync({ kind: 'synced', source: 'timesyncd', ageMs: 1000 });
  expect(store.clockGuard.state()).toBe('synced');
  store.clockGuard.noteSync({ kind: 'unknown' });
  expect(store.clockGuard.state()).toBe('unknown');
});
