import { expect, test } from 'vitest';
import { openTestKiosk } from './test-kiosk.ts';

type Kiosk = ReturnType<typeof openTestKiosk>;

const HOUR_MS = 3_600_000;
const EVERY_MS = 10 * 60_000;
const PER_HOUR = HOUR_MS / EVERY_MS;
/** A truck drives on and off within it. */
const DRIVE_MS = 1_400;

const goTo = async ({ clock }: Kiosk, instant: string) => clock.advance(Date.parse(instant) - clock.now());

/** One shift: who has it weighs every ten minutes until it ends. @returns the report of the shift */
async function workShift(kiosk: Kiosk, name: string, untilInstant: string) {
  const headers = await kiosk.signIn(name, 'weigher');
  const { body: shift } = await kiosk.call('POST', '/shift', undefined, headers);
  while (kiosk.clock.now() < Date.parse(untilInstant)) {
    expect(await kiosk.drive(900, { direction: 'none' }, headers)).toMatchObject({ status: 200 });
    await kiosk.clock.advance(EVERY_MS - DRIVE_MS);
  }
  return (await kiosk.call('POST', `/shift/${shift.shiftId}/close`, undefined, headers)).body;
}

// Shifts change at 02:30, 10:30 and 18:30 on the clocks of Jerusalem; where they skip 02:30, an hour of clocks later.
test.each([
  [
    'of 25 hours',
    25,
    '2026-10-24T15:30:00Z',
    [
      ['2026-10-25T00:30:00Z', 9],
      ['2026-10-25T08:30:00Z', 8],
      ['2026-10-25T16:30:00Z', 8],
      ['2026-10-26T00:30:00Z', 8],
    ],
    ['20261024', '20261025', '20261026'],
    [5.5, 25, 2.5],
  ],
  [
    'of 23 hours',
    23,
    '2026-03-26T16:30:00Z',
    [
      ['2026-03-27T00:30:00Z', 8],
      ['2026-03-27T07:30:00Z', 7],
      ['2026-03-27T15:30:00Z', 8],
      ['2026-03-27T23:30:00Z', 8],
    ],
    ['20260326', '20260327', '20260328'],
    [5.5, 23, 2.5],
  ],
] as const)(
  'a day %s has every weighing in one shift and in one day, none twice and none missing (C04)',
  async (_what, dayHours, from, shifts, days, dayParts) => {
    using kiosk = openTestKiosk();
    await goTo(kiosk, from);
    const counted: unknown[] = [];
    for (const [index, [until]] of shifts.entries()) {
      const report = await workShift(kiosk, index % 2 === 0 ? 'Dana' : 'Noa', until);
      counted.push(report.weighings);
    }
    expect(counted).toEqual(shifts.map(([, hours]) => hours * PER_HOUR));

    const idsOf = async (day: string) => {
      const { list } = await kiosk.get(`/weight?from=${day}000000&to=${day}235959&limit=500`);
      return list.map(({ id }) => id);
    };
    const listed = await Promise.all(days.map(idsOf));
    expect(listed.map(({ length }) => length)).toEqual(dayParts.map((hours) => hours * PER_HOUR));
    expect(new Set(listed.flat()).size).toBe(listed.flat().length);
    expect(listed[1]).toHaveLength(dayHours * PER_HOUR);
  },
  60_000,
);

test('a clock set back two hours during a visit changes neither order nor net, and the entries say so (C03)', async () => {
  using kiosk = openTestKiosk();
  const { body: first } = await kiosk.drive(15_000, { direction: 'in', truck: 'A-1' });
  await kiosk.clock.advance(10 * 60_000);
  kiosk.clock.step(-2 * HOUR_MS);
  const { body: second } = await kiosk.drive(8000, { direction: 'out', truck: 'A-1' });
  expect(second).toMatchObject({ id: first.id, netKg: 7000 });
  expect(String(second.weighedAt) < String(first.weighedAt)).toBe(true);
  const [opened, closed] = kiosk.store.journal
    .rowsAfter(0, 10, 1e6)
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ kind }) => kind.startsWith('session.'));
  expect([opened.kind, closed.kind]).toEqual(['session.opened', 'session.closed']);
  expect(closed.seq).toBeGreaterThan(opened.seq);
  expect(closed.at.monoMs - opened.at.monoMs).toBe(10 * 60_000 + DRIVE_MS);
  expect(closed.at.clock).toBe('manual');
});

test.each(['20261231235960', '2026-12-31T23:59:60Z', '2026-12-31T23:59:60%2B02:00'])(
  'the leap second %s is refused in words, and nothing stops (C05)',
  async (moment) => {
    using kiosk = openTestKiosk();
    for (const query of [`from=${moment}`, `from=20260101000000&to=${moment}`]) {
      expect(await kiosk.get(`/weight?${query}`)).toMatchObject({
        status: 400,
        body: { detail: expect.stringMatching(/from|to/) },
      });
    }
    expect((await kiosk.get('/weight?from=20261231235959&to=20270101000000')).status).toBe(200);
  },
);

test('a driver who took his ticket, backed off and comes back heavier is not weighed in again, nor out (K05)', async () => {
  using kiosk = openTestKiosk();
  await kiosk.scale.show(15_000);
  const { body: ticket } = await kiosk.weigh({ direction: 'in', truck: 'A-1' });
  const refusalOf = async (direction: string, truck = 'A-1') =>
    (await kiosk.weigh({ direction, truck })).body.type;
  // More gets on while it stands there, and half of it rolls off: the deck was never empty.
  await kiosk.scale.show(19_000);
  expect(await refusalOf('in', 'B-2')).toBe('/problems/already-registered');
  await kiosk.scale.show(7_000);
  await kiosk.scale.show(19_000);
  expect(await refusalOf('out')).toBe('/problems/already-registered');
  // Off the deck, but something stays on it: it did not come back to zero.
  await kiosk.scale.show(200);
  await kiosk.scale.show(19_000);
  expect(await refusalOf('out')).toBe('/problems/no-zero-since-last-truck');
  // Off, and on again heavier.
  await kiosk.scale.show(0);
  await kiosk.scale.show(19_000);
  expect(await refusalOf('in')).toBe('/problems/session-open');
  expect(await refusalOf('out')).toBe('/problems/negative-net');
  await kiosk.scale.show(0);
  expect(await kiosk.drive(8000, { direction: 'out', truck: 'A-1' })).toMatchObject({
    body: { id: ticket.id, netKg: 7000 },
  });
});
