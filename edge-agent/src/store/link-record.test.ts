import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { openTestStore, storeFolder } from './store-folder.ts';

/** A store with an operator, and a recount of offline time that knows the entries alone. */
function openDesk(dataDir: string, clock = virtualClock()) {
  const store = openTestStore(dataDir, clock);
  const entries = () => store.journal.rowsAfter(0, 1000, 1e8).map(({ entry }) => JSON.parse(entry));
  return {
    store,
    clock,
    dana() {
      const dana = store.operators.named('Dana');
      if (dana !== undefined) return dana;
      const added = store.operators.add({ name: 'Dana', role: 'weigher', verifier: '$argon2id$x' });
      if (added === 'name_taken') throw new Error('there is no Dana yet');
      return added;
    },
    entries,
    /** Walks the journal from its first entry, and counts what was down between opening and closing. */
    recount(shiftId: string): number {
      let [sumMs, isDown, within, beforeMs] = [0, false, false, 0];
      for (const { kind, at, body } of entries()) {
        if (within && isDown) sumMs += at.monoMs - beforeMs;
        beforeMs = at.monoMs;
        if (kind === 'link.changed') isDown = body.link === 'down';
        if (body.shiftId === shiftId) within = kind === 'shift.opened';
      }
      return sumMs;
    },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

test('the time offline of a shift is what a recount of the journal gives, down before it, in it and at its end', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const { store, clock } = desk;
  store.links.note('down');
  await clock.advance(60_000);
  const { shift } = store.shifts.open(desk.dana());
  for (const [link, durationMs] of [
    ['down', 10_000],
    ['up', 20_000],
    ['up', 5_000],
    ['down', 40_000],
  ] as const) {
    store.links.note(link);
    await clock.advance(durationMs);
  }
  expect(store.shifts.report(shift.shiftId)?.offlineMs).toBe(50_000);
  await clock.advance(1000);
  const closed = store.shifts.close(shift.shiftId, 'Dana');
  await clock.advance(60_000);
  expect(closed?.offlineMs).toBe(51_000);
  expect(desk.recount(shift.shiftId)).toBe(51_000);
  expect(desk.entries().at(-2)).toMatchObject({ kind: 'shift.closed', body: { offlineMs: 51_000 } });
  expect(store.shifts.report(shift.shiftId)?.offlineMs).toBe(51_000);
  expect(desk.entries().filter(({ kind }) => kind === 'link.changed')).toHaveLength(3);
});

test('a link that was down goes on being down over a restart, and is told once', async () => {
  using folder = storeFolder();
  const clock = virtualClock();
  let shiftId = '';
  {
    using desk = openDesk(folder.dataDir, clock);
    ({ shiftId } = desk.store.shifts.open(desk.dana()).shift);
    desk.store.links.note('up');
    desk.store.links.note('down');
    await clock.advance(30_000);
  }
  using again = openDesk(folder.dataDir, clock);
  again.store.links.note('down');
  await clock.advance(30_000);
  expect(again.store.shifts.close(shiftId, 'Dana')?.offlineMs).toBe(60_000);
  expect(again.entries().filter(({ kind }) => kind === 'link.changed')).toMatchObject([
    { body: { link: 'down' } },
  ]);
});
