import { pino } from 'pino';
import { expect, test } from 'vitest';
import { virtualClock } from './line/virtual-clock.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';
import { watchClock } from './watch-clock.ts';

const log = pino({ level: 'silent' });

test('a clock that is set is a change on record, with the counter, and time offline counts for the open shift', async () => {
  using folder = storeFolder();
  const clock = virtualClock(Date.UTC(2026, 5, 1));
  using store = openTestStore(folder.dataDir, clock);
  const dana = store.operators.add({ name: 'Dana', role: 'weigher', verifier: '$argon2id$x' });
  if (dana === 'name_taken') throw new Error('a new store has no operators');
  const { shift } = store.shifts.open(dana);
  const stop = new AbortController();
  let offline = false;
  const timeSync = async () => ({ kind: 'unknown' }) as const;
  const done = watchClock(store, { clock, log, signal: stop.signal, isOffline: () => offline, timeSync });
  await clock.advance(30_000);
  offline = true;
  await clock.advance(20_000);
  offline = false;
  clock.step(3_600_000);
  await clock.advance(20_000);
  stop.abort();
  await done;
  expect(store.shifts.report(shift.shiftId)?.offlineMs).toBe(20_000);
  const last = store.journal.rowsAfter(store.journal.head().seq - 2, 1, 1e6)[0];
  expect(JSON.parse(last?.entry ?? '')).toMatchObject({
    kind: 'parameter.changed',
    body: {
      parameter: 'site.clock',
      old: expect.stringMatching(/T00:0[01]:/),
      new: expect.stringMatching(/T01:0[01]:/),
      by: 'machine',
      counters: { cfg: 1, cal: 0 },
    },
  });
  expect(store.journal.head().seq).toBe(5);
});
