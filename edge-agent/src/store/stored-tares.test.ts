import { describe, expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { storeFolder } from './store-folder.ts';
import { bodyOf, codeOf, openDesk } from './test-desk.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const atDesk = { attended: true, confirmExpired: false };
const once = { direction: 'out', useStoredTare: atDesk } as const;

describe('a truck weighed once', () => {
  test('has its net from the tare of its last weighing out, which the entry names with its day and its end', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    desk.store.containerTares.setTare('C-1', 500_000);
    await desk.drive(15_000, {});
    const earlier = bodyOf(await desk.drive(8000, { direction: 'out' }));
    const outcome = await desk.drive(16_000, { ...once, truck: '7742103', containers: ['C-1', 'C-1'] });
    expect(outcome).toMatchObject({
      kind: 'recorded',
      entry: {
        kind: 'session.one_pass',
        body: {
          containers: ['C-1'],
          storedTare: {
            kind: 'weighed',
            tareG: 8_000_000,
            setAt: earlier.weight.registeredAt,
            weightId: earlier.weight.weightId,
          },
          tares: [{ container: 'C-1', tareG: 500_000 }],
          net: { kind: 'known', netG: 7_500_000, truckTareG: 8_000_000 },
        },
      },
    });
    const { sessionId, ticketNo } = bodyOf(outcome);
    expect(ticketNo.slice(-6)).toBe('000003');
    expect(desk.store.sessions.session(sessionId)).toMatchObject({
      state: 'closed',
      storedTare: 'weighed',
      first: { grossG: 16_000_000, direction: 'out' },
      second: null,
      net: { kind: 'known', netG: 7_500_000 },
    });
    expect(desk.store.journal.verify().kind).toBe('intact');
  });

  test('may use a typed tare, which is marked preset; the newer of typed and weighed holds', async () => {
    using folder = storeFolder();
    const clock = virtualClock();
    using desk = openDesk(folder.dataDir, clock);
    desk.store.trucks.setTare('77 421 03', 7_900_000);
    const preset = {
      storedTare: { kind: 'preset', tareG: 7_900_000, weightId: null },
      net: { netG: 7_100_000 },
    };
    expect(bodyOf(await desk.drive(15_000, once))).toMatchObject(preset);
    await desk.drive(15_000, {});
    await desk.drive(8000, { direction: 'out' });
    expect(desk.store.trucks.tareOf('77-421-03')).toMatchObject({ kind: 'weighed', tareG: 8_000_000 });
    await clock.advance(1000);
    desk.store.trucks.setTare('77-421-03', 7_950_000);
    expect(desk.store.trucks.tareOf('77-421-03')).toMatchObject({ kind: 'preset', tareG: 7_950_000 });
  });

  test('is refused without a tare, while it is inside, with an unknown container, and when it is too light', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    expect(codeOf(await desk.drive(15_000, once))).toBe('stored_tare_missing');
    desk.store.trucks.setTare('77-421-03', 8_000_000);
    expect(codeOf(await desk.drive(15_000, { direction: 'out' }))).toBe('no_open_session');
    expect(codeOf(await desk.drive(15_000, { ...once, containers: ['C-9'] }))).toBe('tare_unknown');
    expect(await desk.drive(7990, once)).toMatchObject({
      refusal: { code: 'tare_heavier', grossKg: 7990, tareKg: 8000 },
    });
    const { seq } = desk.store.journal.head();
    await desk.drive(15_000, {});
    expect(codeOf(await desk.drive(15_000, once))).toBe('session_open');
    expect(desk.store.journal.head().seq).toBe(seq + 1);
  });

  test('is refused at the very instant the tare expires, unless somebody at the desk says it still holds', async () => {
    using folder = storeFolder();
    const clock = virtualClock();
    using desk = openDesk(folder.dataDir, clock, { rules: { tares: { validDays: 2, unattended: 'use' } } });
    desk.store.trucks.setTare('A-1', 8_000_000);
    const setAtMs = clock.now();
    const weigh = (attended: boolean, confirmExpired: boolean) =>
      desk.drive(15_000, { direction: 'out', truck: 'A-1', useStoredTare: { attended, confirmExpired } });
    await clock.advance(2 * DAY_MS - 1000);
    expect(codeOf(await weigh(false, false))).toBe('recorded');
    await clock.advance(setAtMs + 2 * DAY_MS - clock.now() - 700);
    const validUntil = new Date(setAtMs + 2 * DAY_MS).toISOString();
    expect(await weigh(true, false)).toMatchObject({ refusal: { code: 'stored_tare_expired', validUntil } });
    expect(codeOf(await weigh(false, true))).toBe('stored_tare_expired');
    expect(bodyOf(await weigh(true, true))).toMatchObject({ storedTare: { confirmed: true, validUntil } });
  });

  test('is refused while nobody is signed in, where the site wants somebody there', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    desk.store.trucks.setTare('A-1', 8_000_000);
    const unattended = { ...once, truck: 'A-1', useStoredTare: { attended: false, confirmExpired: false } };
    expect(codeOf(await desk.drive(15_000, unattended))).toBe('stored_tare_unattended');
  });

  test('does not hold against a voided visit, nor count among what the truck weighed empty', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.drive(15_000, {});
    const first = bodyOf(await desk.drive(8000, { direction: 'out' }));
    await desk.drive(15_000, {});
    const second = bodyOf(await desk.drive(8200, { direction: 'out' }));
    await desk.drive(15_000, once);
    expect(desk.store.trucks.recentTaresG('77-421-03', 20)).toEqual([8_200_000, 8_000_000]);
    desk.voids(second.sessionId, { secondBy: 'Avi' });
    expect(desk.store.trucks.tareOf('77-421-03')).toMatchObject({ weightId: first.weight.weightId });
  });
});

test("a truck's tare that is out of line with its last ones is told in the entry", async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const visit = async (kg: number) => {
    await desk.drive(15_000, {});
    return bodyOf(await desk.drive(kg, { direction: 'out' }));
  };
  for (const kg of [8000, 8010, 7990, 8000, 8020]) expect(await visit(kg)).not.toHaveProperty('tareDrift');
  expect(await visit(8040)).not.toHaveProperty('tareDrift');
  expect(await visit(8250)).toMatchObject({ tareDrift: { deviationG: 245_000, medianG: 8_005_000 } });
});
