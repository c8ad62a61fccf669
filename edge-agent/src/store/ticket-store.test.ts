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
    const record = tickets.original(body.sessionId, direction);
    expect(record).toMatchObject({ entry: { body }, copy: null, firstIsManual: false, ended: null });
  }
  expect(tickets.original(once.sessionId, 'in')).toBeUndefined();
  expect(tickets.original('none', 'in')).toBeUndefined();
});

test('copies are counted for each ticket by itself, over restarts, and end at 999', async () => {
  using folder = storeFolder();
  let sessionId = '';
  {
    using desk = openDesk(folder.dataDir);
    ({ sessionId } = bodyOf(await desk.drive(15_000, {})));
    await desk.drive(8000, { direction: 'out' });
    for (let copy = 1; copy <= 998; copy += 1)
      expect(desk.store.tickets.copy(sessionId, 'in', 'en')).toMatchObject({ record: { copy } });
    expect(desk.store.tickets.copy(sessionId, 'out', 'en')).toMatchObject({ record: { copy: 1 } });
  }
  using again = openDesk(folder.dataDir);
  expect(again.store.tickets.copy(sessionId, 'in', 'en')).toMatchObject({ record: { copy: 999 } });
  const { seq } = again.store.journal.head();
  expect(again.store.tickets.copy(sessionId, 'in', 'en')).toEqual({ kind: 'too_many_copies' });
  expect(again.store.journal.head().seq).toBe(seq);
  expect(again.store.journal.verify().kind).toBe('intact');
}, 30_000);
