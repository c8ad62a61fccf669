import { describe, expect, test } from 'vitest';
import { storeFolder } from './store-folder.ts';
import { bodyOf, codeOf, openDesk } from './test-desk.ts';

describe('a weighing in with force', () => {
  test('takes the place of the open session, which counts no more and stays readable', async () => {
    using folder = storeFolder();
    let first: string;
    {
      using desk = openDesk(folder.dataDir);
      first = bodyOf(await desk.drive(15_000, {})).sessionId;
      const second = bodyOf(await desk.drive(16_000, { truck: '7742103', force: true }));
      expect(second).toMatchObject({ supersedes: first });
      expect(desk.store.sessions.openSessions().map(({ sessionId }) => sessionId)).toEqual([
        second.sessionId,
      ]);
    }
    using desk = openDesk(folder.dataDir);
    const out = bodyOf(await desk.drive(8000, { direction: 'out' }));
    expect(out).toMatchObject({ net: { netG: 8_000_000 } });
    expect(desk.store.sessions.session(first)).toMatchObject({
      state: 'superseded',
      first: { grossG: 15_000_000 },
    });
    expect(desk.store.journal.verify()).toMatchObject({ kind: 'intact', entries: 3 });
  });

  test('of a truck that is not inside supersedes nothing, and a refused one ends nothing', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const { sessionId, ...body } = bodyOf(await desk.drive(15_000, { force: true }));
    expect(body).not.toHaveProperty('supersedes');
    expect(codeOf(desk.weigh({ force: true }))).toBe('below_threshold');
    expect(desk.store.sessions.session(sessionId)?.state).toBe('open');
  });
});

describe('voiding', () => {
  test('an open session takes one person and a reason; the truck may be weighed in again', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const { sessionId } = bodyOf(await desk.drive(15_000, {}));
    expect(desk.voids(sessionId)).toMatchObject({
      kind: 'voided',
      entry: {
        kind: 'session.voided',
        body: { sessionId, was: 'open', reason: 'wrong plate', by: 'Dana', secondBy: 'Avi', clone: null },
      },
    });
    expect(codeOf(await desk.drive(8000, { direction: 'out' }))).toBe('no_open_session');
    expect(codeOf(await desk.drive(15_000, {}))).toBe('recorded');
    expect(desk.store.sessions.session(sessionId)).toMatchObject({
      state: 'voided',
      first: { grossG: 15_000_000 },
    });
  });

  test('every void takes two different people, also that of an open session', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    await desk.drive(15_000, {});
    const closed = bodyOf(await desk.drive(8000, { direction: 'out' })).sessionId;
    const single = bodyOf(await desk.drive(900, { direction: 'single' })).sessionId;
    const open = bodyOf(await desk.drive(15_000, {})).sessionId;
    const { seq } = desk.store.journal.head();
    for (const sessionId of [closed, single, open]) {
      expect(codeOf(desk.voids(sessionId, { secondBy: null }))).toBe('second_person_missing');
      expect(codeOf(desk.voids(sessionId, { secondBy: ' dana ' }))).toBe('same_person');
      expect(desk.store.sessions.session(sessionId)?.state).not.toBe('voided');
    }
    expect(desk.store.journal.head().seq).toBe(seq);
    for (const sessionId of [closed, single, open]) {
      expect(codeOf(desk.voids(sessionId, { secondBy: 'Avi' }))).toBe('voided');
      expect(codeOf(desk.voids(sessionId, { secondBy: 'Avi' }))).toBe('session_voided');
    }
    expect(codeOf(desk.voids('01a10acb-8499-7363-b214-af8b081cdce6'))).toBe('session_unknown');
  });

  test('a superseded session cannot be voided, nor the same one twice', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const { sessionId } = bodyOf(await desk.drive(15_000, {}));
    await desk.drive(15_000, { force: true });
    expect(codeOf(desk.voids(sessionId))).toBe('session_superseded');
  });

  test('with a clone opens another session on the same first weight, with what was entered wrong put right', async () => {
    using folder = storeFolder();
    let clone: string | undefined;
    {
      using desk = openDesk(folder.dataDir);
      desk.store.containerTares.setTare('C-2', 500_000);
      await desk.drive(15_000, { containers: ['C-1'] });
      const closed = bodyOf(await desk.drive(8000, { direction: 'out' }));
      const outcome = desk.voids(closed.sessionId, {
        secondBy: 'Avi',
        clone: { truck: 'B-2', containers: ['C-2', 'C-2'] },
      });
      if (outcome.kind !== 'voided') throw new Error(codeOf(outcome));
      clone = outcome.entry.body.clone?.sessionId;
      expect(desk.store.sessions.openSessions()).toMatchObject([
        {
          sessionId: clone,
          cloneOf: closed.sessionId,
          truck: 'B-2',
          produce: 'orange',
          first: { grossG: 15_000_000, containers: ['C-2'] },
        },
      ]);
    }
    using desk = openDesk(folder.dataDir);
    const out = bodyOf(await desk.drive(8000, { direction: 'out', truck: 'b 2' }));
    expect(out).toMatchObject({ sessionId: clone, net: { netG: 6_500_000 } });
    expect(out.ticketNo.slice(-6)).toBe('000003');
  });

  test('a clone of a clone keeps the containers that were put right', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const { sessionId } = bodyOf(await desk.drive(15_000, { containers: ['C-1'] }));
    const first = desk.voids(sessionId, { clone: { containers: ['C-2'] } });
    if (first.kind !== 'voided') throw new Error(codeOf(first));
    desk.voids(first.entry.body.clone?.sessionId ?? '', { clone: { truck: 'B-2' } });
    expect(desk.store.sessions.openSessions()).toMatchObject([
      { truck: 'B-2', first: { containers: ['C-2'] } },
    ]);
  });

  test('with a clone is refused while that truck is inside, and then nothing is voided', async () => {
    using folder = storeFolder();
    using desk = openDesk(folder.dataDir);
    const { sessionId } = bodyOf(await desk.drive(15_000, { truck: 'A-1' }));
    await desk.drive(15_000, { truck: 'B-2' });
    expect(codeOf(desk.voids(sessionId, { clone: { truck: 'b2' } }))).toBe('session_open');
    expect(desk.store.sessions.session(sessionId)?.state).toBe('open');
    expect(codeOf(desk.voids(sessionId, { clone: {} }))).toBe('voided');
    expect(desk.store.sessions.openSessions().map(({ truck }) => truck)).toContain('A-1');
  });
});
