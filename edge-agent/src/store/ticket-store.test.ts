import { expect, test } from 'vitest';
import { storeFolder } from './store-folder.ts';
import { bodyOf, openDesk } from './test-desk.ts';

test('every weighing has its ticket under its own direction, also one that a stored tare made a whole visit', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const { tickets } = desk.store;
  const opened = bodyOf(await desk.drive(15_000, {}));
  const closed = bodyOf(await desk.drive(8000, { direction: 'out' }));
  const single = bodyOf(await desk.drive(9000, { direction: 'single', truck: null }));
  const useStoredTare = { attended: true, confirmExpired: false };
  const once = bodyOf(await desk.drive(16_000, { direction: 'out', useStoredTare }));
  for (const [body, direction] of [
    [opened, 'in'],
    [closed, 'out'],
    [single, 'single'],
    [once, 'out'],
  ] as const) {
    const weightId = tickets.weightOf({ sessionId: body.sessionId, direction }) ?? '';
    expect(weightId).toBe(body.weight.weightId);
    expect(tickets.ofWeight(weightId, null)).toMatchObject({
      entry: { body },
      copy: null,
      firstIsManual: false,
      ended: null,
    });
  }
  expect(tickets.weightOf({ sessionId: once.sessionId, direction: 'in' })).toBeUndefined();
  expect(tickets.weightOf({ sessionId: 'none', direction: 'in' })).toBeUndefined();
  expect(tickets.ofWeight('none', null)).toBeUndefined();
});

test('copies are counted for each ticket by itself, over restarts, and end at 999', async () => {
  using folder = storeFolder();
  let opened = '';
  {
    using desk = openDesk(folder.dataDir);
    opened = bodyOf(await desk.drive(15_000, {})).weight.weightId;
    const closed = bodyOf(await desk.drive(8000, { direction: 'out' })).weight.weightId;
    for (let copy = 1; copy <= 998; copy += 1)
      expect(desk.store.tickets.copy(opened, 'en')).toMatchObject({ record: { copy } });
    expect(desk.store.tickets.copy(closed, 'en')).toMatchObject({ record: { copy: 1 } });
  }
  using again = openDesk(folder.dataDir);
  expect(again.store.tickets.copy(opened, 'en')).toMatchObject({ record: { copy: 999 } });
  const { seq } = again.store.journal.head();
  expect(again.store.tickets.copy(opened, 'en')).toEqual({ kind: 'too_many_copies' });
  expect(again.store.journal.head().seq).toBe(seq);
  expect(again.store.journal.verify().kind).toBe('intact');
}, 30_000);
