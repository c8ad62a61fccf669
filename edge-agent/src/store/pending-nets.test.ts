import { describe, expect, test } from 'vitest';
import { storeFolder } from './store-folder.ts';
import { bodyOf, openDesk } from './test-desk.ts';

const kindsAfter = (desk: ReturnType<typeof openDesk>, seq: number) =>
  desk.store.journal.rowsAfter(seq, 100, 1_000_000).map(({ entry }) => JSON.parse(entry));

describe('a pending net', () => {
  test('completes by itself when the tare comes, in an entry that names what it completes', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.drive(15_000, { containers: ['C-9'] });
    const closed = bodyOf(await desk.drive(8000, { direction: 'out' }));
    const { seq } = desk.store.journal.head();
    desk.store.containerTares.setTare('C-9', 650_000);
    expect(kindsAfter(desk, seq)).toMatchObject([
      { kind: 'container_tare.set' },
      {
        kind: 'session.net_completed',
        body: {
          sessionId: closed.sessionId,
          completes: closed.weight.weightId,
          ticketNo: closed.ticketNo,
          first: { grossG: 15_000_000, containers: ['C-9'] },
          second: { grossG: 8_000_000, containers: [] },
          tares: [{ container: 'C-9', tareG: 650_000 }],
          net: { kind: 'known', netG: 6_350_000, truckTareG: 8_000_000 },
        },
      },
      {
        kind: 'ticket.reissued',
        body: { sessionId: closed.sessionId, ticketNo: closed.ticketNo, issue: 2, because: 'net_completed' },
      },
    ]);
    expect(desk.store.sessions.session(closed.sessionId)?.net).toEqual({
      kind: 'known',
      netG: 6_350_000,
      truckTareG: 8_000_000,
    });
    desk.store.containerTares.setTare('C-9', 700_000);
    expect(desk.store.sessions.session(closed.sessionId)?.net).toMatchObject({ netG: 6_350_000 });
  });

  test('waits for the last of several tares, and says which are left', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.drive(15_000, { containers: ['C-8', 'C-9'] });
    const { sessionId } = bodyOf(await desk.drive(8000, { direction: 'out', containers: ['C-8'] }));
    desk.store.containerTares.setTare('C-9', 650_000);
    const waiting = { kind: 'pending', waitingFor: ['C-8'], refusal: null };
    expect(desk.store.sessions.session(sessionId)?.net).toEqual(waiting);
    expect(desk.store.sessions.pendingSessions().map((session) => session.sessionId)).toEqual([sessionId]);
    desk.store.containerTares.setTare('C-8', 500_000);
    expect(desk.store.sessions.session(sessionId)?.net).toMatchObject({ netG: 6_350_000 });
    expect(desk.store.sessions.pendingSessions()).toEqual([]);
  });

  test('is computed with the tares it was weighed out with, whatever they are changed to meanwhile', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    desk.store.containerTares.setTare('C-1', 100_000);
    await desk.drive(15_000, { containers: ['C-1', 'C-9'] });
    const { sessionId } = bodyOf(await desk.drive(8000, { direction: 'out' }));
    desk.store.containerTares.setTare('C-1', 900_000);
    desk.store.containerTares.setTare('C-9', 50_000);
    expect(desk.store.sessions.session(sessionId)?.net).toMatchObject({ netG: 6_850_000 });
  });

  test.each([
    ['below zero', [9_000_000, [], 'C-9', 'negative_net']],
    ['of a truck lighter than nothing', [9_000_000, ['C-9'], 'C-9', 'containers_heavier']],
  ] as const)(
    'that would be %s stays pending with the reason, until the tare is corrected',
    async (_what, given) => {
      const [tareG, containersOut, container, refusal] = given;
      using folder = storeFolder();
      using desk = openDesk(folder.dataDir);
      await desk.drive(15_000, { containers: [container] });
      const { sessionId } = bodyOf(
        await desk.drive(8000, { direction: 'out', containers: [...containersOut] }),
      );
      const { seq } = desk.store.journal.head();
      desk.store.containerTares.setTare(container, tareG);
      expect(kindsAfter(desk, seq).map(({ kind }) => kind)).toEqual(['container_tare.set']);
      expect(desk.store.sessions.pendingSessions()).toMatchObject([
        { sessionId, net: { kind: 'pending', waitingFor: [], refusal } },
      ]);
      desk.store.containerTares.setTare(container, 500_000);
      expect(desk.store.sessions.session(sessionId)?.net).toMatchObject({ kind: 'known' });
    },
  );

  test('of a voided session is not completed', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.drive(15_000, { containers: ['C-9'] });
    const { sessionId } = bodyOf(await desk.drive(8000, { direction: 'out' }));
    desk.voids(sessionId, { secondBy: 'Avi' });
    desk.store.containerTares.setTare('C-9', 650_000);
    expect(desk.store.sessions.session(sessionId)).toMatchObject({
      state: 'voided',
      net: { kind: 'pending' },
    });
    expect(desk.store.sessions.pendingSessions()).toEqual([]);
  });
});
