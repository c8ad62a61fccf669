import { idMaker, isoInstant, type RegisteredWeight } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { databasePath } from './open-database.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { verifyStore } from './verify-store.ts';

const clock = virtualClock();
const makeId = idMaker(clock);

const weight: RegisteredWeight = {
  weightId: makeId(),
  scaleId: 'north',
  grossG: 15_000_000,
  indication: { value: '15000', unit: 'kg', increment: 1 },
  stability: 'indicator',
  indicator: { model: 'mt-continuous', options: {} },
  registeredAt: isoInstant(clock.now()),
  frames: [{ agoMs: 0, hex: '02' }],
};

test.each([
  [
    'its entry says another weight',
    `UPDATE journal SET entry_text = replace(entry_text, '15000000', '16000000')`,
  ],
  ['its hash was lost', "UPDATE journal SET hash = printf('%064d', 0)"],
  ['it is shown with another weight', 'UPDATE journal SET gross_g = gross_g + 1'],
  ['it is shown with another ticket', 'UPDATE journal SET ticket_number = 2'],
])('a weighing is never shown as valid when %s', (_what, sql) => {
  using folder = storeFolder();
  const sessionId = makeId();
  const key = { key: 'key-00000001', requestDigest: 'd' };
  {
    using store = openTestStore(folder.dataDir);
    const facts = { sessionId, truck: 'A-1', produce: null, containers: [], weight };
    store.weighings.recordIn(facts, key);
    expect(store.sessions.session(sessionId)).toMatchObject({ first: { grossG: 15_000_000 } });
  }
  const raw = new Database(databasePath(folder.dataDir));
  raw.exec(`DROP TRIGGER journal_is_never_changed; ${sql}`);
  raw.close();

  using store = openTestStore(folder.dataDir);
  const corrupt = expect.objectContaining({
    code: 'record_corrupt',
    message: expect.stringContaining('CORRUPT'),
  });
  expect(() => store.sessions.session(sessionId)).toThrow(corrupt);
  expect(() => store.sessions.openSessions()).toThrow(corrupt);
  if (/entry_text|hash/.test(sql)) expect(() => store.weighings.earlierAnswer(key.key)).toThrow(corrupt);
  expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'broken', brokenAtSeq: 1 });
});
