import { describe, expect, test } from 'vitest';
import type { WeighOutcome } from '../weighing/session-desk.ts';
import { storeFolder } from './store-folder.ts';
import { bodyOf, codeOf, openDesk } from './test-desk.ts';

describe('the session desk', () => {
  test('weighs a truck in and out: net is first less second', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const first = bodyOf(await desk.drive(15_000, { direction: 'in' }));
    const outcome = await desk.drive(8000, { direction: 'out', produce: null });
    expect(outcome).toMatchObject({
      kind: 'recorded',
      repeated: false,
      entry: {
        kind: 'session.closed',
        body: {
          sessionId: first.sessionId,
          truck: '77-421-03',
          produce: 'orange',
          first: { grossG: 15_000_000, weightId: first.weight.weightId },
          net: { kind: 'known', netG: 7_000_000, truckTareG: 8_000_000 },
        },
      },
    });
    expect(desk.store.sessions.session(first.sessionId)).toMatchObject({
      state: 'closed',
      net: { kind: 'known', netG: 7_000_000 },
    });
    expect(desk.store.journal.verify()).toMatchObject({ kind: 'intact', entries: 2 });
  });

  test('containers left with the fruit are taken off; containers that stay on the truck cancel out', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    desk.store.containerTares.setTare('C-1', 650_000);
    desk.store.containerTares.setTare('C-2', 500_000);
    await desk.drive(15_000, { containers: ['C-1', 'C-2', 'C-1'] });
    const unloaded = bodyOf(await desk.drive(8000, { direction: 'out' }));
    expect(unloaded).toMatchObject({ net: { netG: 5_850_000, truckTareG: 8_000_000 } });
    await desk.drive(15_000, { containers: ['C-1', 'C-2'] });
    const kept = bodyOf(await desk.drive(8000, { direction: 'out', containers: ['C-2', 'C-1', 'C-2'] }));
    expect(kept).toMatchObject({
      net: { netG: 7_000_000, truckTareG: 6_850_000 },
      containers: ['C-2', 'C-1'],
    });
  });

  test('an unknown container leaves the net pending, naming it, and never counts as nothing', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    desk.store.containerTares.setTare('C-1', 650_000);
    const { sessionId } = bodyOf(await desk.drive(15_000, { containers: ['C-1', 'C-9'] }));
    const closed = bodyOf(await desk.drive(8000, { direction: 'out', containers: ['C-8'] }));
    expect(closed).toMatchObject({ net: { kind: 'pending', waitingFor: ['C-8', 'C-9'] } });
    expect(desk.store.sessions.session(sessionId)).toMatchObject({
      net: { kind: 'pending', waitingFor: ['C-8', 'C-9'] },
    });
  });

  test('a single weighing stands alone, with or without a truck', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const { sessionId } = bodyOf(await desk.drive(1200, { direction: 'single', truck: null }));
    expect(desk.store.sessions.session(sessionId)).toMatchObject({
      state: 'single',
      truck: null,
      second: null,
    });
    expect(codeOf(await desk.drive(1200, { direction: 'single' }))).toBe('recorded');
    expect(desk.store.sessions.openSessions()).toEqual([]);
  });

  test('a truck that is inside is not weighed in again, nor single, however its plate is typed', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.drive(15_000, { truck: '77-421-03' });
    expect(codeOf(await desk.drive(15_000, { truck: '77 421 03' }))).toBe('session_open');
    expect(codeOf(await desk.drive(15_000, { truck: '7742103', direction: 'single' }))).toBe('session_open');
    const out = bodyOf(await desk.drive(8000, { truck: '7742103', direction: 'out' }));
    // What was typed first is the truck's name in its session.
    expect(out.truck).toBe('77-421-03');
  });

  test('many trucks may be inside at a time', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    for (const truck of ['A-1', 'A-2', 'A-3']) await desk.drive(15_000, { truck });
    expect(desk.store.sessions.openSessions().map(({ truck }) => truck)).toEqual(['A-1', 'A-2', 'A-3']);
  });

  test('a truck that was not weighed in is not weighed out, and one without a plate neither', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    expect(codeOf(await desk.drive(8000, { direction: 'out' }))).toBe('no_open_session');
    expect(codeOf(await desk.drive(8000, { direction: 'out', truck: null }))).toBe('truck_missing');
    expect(codeOf(await desk.drive(8000, { direction: 'in', truck: null }))).toBe('truck_missing');
  });

  test('a negative net is refused: nothing is stored, no number is used, the session stays open', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const first = bodyOf(await desk.drive(8000, {}));
    const headBefore = desk.store.journal.head();
    await desk.scale.show(15_000);
    expect(desk.weigh({ direction: 'out' })).toMatchObject({
      refusal: { code: 'negative_net', firstKg: 8000, secondKg: 15_000, netKg: -7000 },
    });
    expect(desk.store.journal.head()).toEqual(headBefore);
    expect(desk.scale.deck.view().state).toBe('settled');
    expect(desk.store.sessions.session(first.sessionId)?.state).toBe('open');
    await desk.scale.show(0);
    const second = bodyOf(await desk.drive(7000, { direction: 'out' }));
    expect([first.ticketNo.slice(-6), second.ticketNo.slice(-6)]).toEqual(['000001', '000002']);
  });

  test('containers heavier than what stands on the deck are refused', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    desk.store.containerTares.setTare('C-1', 2_000_000);
    await desk.drive(15_000, {});
    expect(codeOf(await desk.drive(1500, { direction: 'out', containers: ['C-1'] }))).toBe(
      'containers_heavier',
    );
  });

  test('the same load is never registered twice, for whichever truck', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.scale.show(15_000);
    expect(codeOf(desk.weigh({ truck: 'A-1' }))).toBe('recorded');
    await desk.scale.show(15_000);
    expect(codeOf(desk.weigh({ truck: 'A-2' }))).toBe('already_registered');
    expect(codeOf(desk.weigh({ truck: 'A-1', direction: 'out' }))).toBe('already_registered');
  });

  test('a net of exactly nothing is a net', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.drive(8000, {});
    expect(bodyOf(await desk.drive(8000, { direction: 'out' }))).toMatchObject({ net: { netG: 0 } });
  });

  test('a key gives the same answer for ever and weighs once; for another request it is refused', async () => {
    using folder = storeFolder();
    const idempotency = { key: 'till-1-0001', requestDigest: 'a' };
    let answer: WeighOutcome;
    {
      using desk = openDesk(folder.dataDir);
      answer = await desk.drive(15_000, { idempotency });
      const repeated = await desk.drive(9000, { idempotency });
      expect(repeated).toEqual({ ...answer, repeated: true });
      expect(desk.weigh({ idempotency: { ...idempotency, requestDigest: 'b' } })).toEqual({
        kind: 'key_reused',
      });
      expect(desk.store.journal.head().seq).toBe(1);
    }
    using again = openDesk(folder.dataDir);
    expect(again.weigh({ idempotency })).toEqual({ ...answer, repeated: true });
  });

  test('a refused request does not use its key up', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const idempotency = { key: 'till-1-0002', requestDigest: 'a' };
    expect(codeOf(desk.weigh({ idempotency }))).toBe('no_reading');
    expect(codeOf(await desk.drive(15_000, { idempotency }))).toBe('recorded');
  });

  test('after a restart the trucks inside are inside, and the load on the deck is still on record', async () => {
    using folder = storeFolder();
    {
      using desk = openDesk(folder.dataDir);
      await desk.scale.show(15_000);
      expect(codeOf(desk.weigh({ truck: 'A-1' }))).toBe('recorded');
    }
    {
      using desk = openDesk(folder.dataDir);
      await desk.scale.show(15_000);
      expect(codeOf(desk.weigh({ truck: 'A-2' }))).toBe('already_registered');
      await desk.scale.show(0);
    }
    using desk = openDesk(folder.dataDir);
    expect(desk.scale.deck.view().state).toBe('unknown');
    const out = bodyOf(await desk.drive(8000, { truck: 'a 1', direction: 'out' }));
    expect(out).toMatchObject({ net: { netG: 7_000_000 } });
    expect(out.ticketNo).toMatch(/^DEMO-[0-9a-f]{4}-000002$/);
  });

  test('a scale that is not here is refused', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    expect(desk.weigh({ scaleId: 'south' })).toMatchObject({
      refusal: { code: 'unknown_scale', scaleId: 'south', known: ['north'] },
    });
  });
});
