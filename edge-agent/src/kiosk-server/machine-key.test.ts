import { expect, test } from 'vitest';
import { isPairPermitted, isPermitted, type Permission } from '../weighing/permission.ts';
import { openTestKiosk } from './test-kiosk.ts';

const all: Record<Permission, null> = {
  weigh: null,
  manual_weight: null,
  supersede: null,
  void: null,
  second_person: null,
  reprint: null,
  tares: null,
  commands: null,
  close_other_shift: null,
  unblock: null,
};

test('what a program with the key may do is this list and no more', () => {
  const permitted = Object.keys(all).filter((name) => isPermitted('machine', name as Permission));
  expect(permitted).toEqual(['weigh', 'reprint', 'tares', 'commands']);
});

test('of two people who void or give a weight one is a supervisor', () => {
  expect(isPairPermitted('weigher', 'weigher')).toBe(false);
  expect(isPairPermitted('weigher', 'supervisor')).toBe(true);
  expect(isPairPermitted('supervisor', 'weigher')).toBe(true);
});

test('a program with the key gives no weight, voids nothing and supersedes nothing, whatever names it sends', async () => {
  using kiosk = openTestKiosk();
  const { second } = await kiosk.twoPeople();
  const { id } = (await kiosk.drive(15_000, { direction: 'in', truck: 'A-1' })).body;
  const { seq } = kiosk.store.journal.head();
  const given = { weight: 9000, reason: 'r', operator: 'Dana', ...second };
  for (const [path, body, permission] of [
    ['/weight', { direction: 'in', truck: 'B-2', ...given }, 'manual_weight'],
    ['/weight', { direction: 'in', truck: 'A-1', force: true }, 'supersede'],
    [`/session/${id}/void`, { reason: 'r', ...second }, 'void'],
  ] as const)
    expect(await kiosk.call('POST', path, body)).toMatchObject({
      status: 403,
      body: { type: '/problems/not-permitted', permission },
    });
  expect(kiosk.store.journal.head().seq).toBe(seq);
  expect(kiosk.store.sessions.openSessions()).toMatchObject([{ sessionId: id }]);
});
