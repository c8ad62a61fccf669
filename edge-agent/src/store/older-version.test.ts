import { renameSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { APPLICATION_ID, databasePath } from './open-database.ts';
import type { Store } from './open-store.ts';
import { schemaVersions } from './schema.ts';
import { storeFolder } from './store-folder.ts';
import { bodyOf, openDesk } from './test-desk.ts';
import { verifyStore } from './verify-store.ts';

const DAY_MS = 86_400_000;
type Desk = ReturnType<typeof openDesk>;
type Clock = ReturnType<typeof virtualClock>;

/** Visits, trucks that are inside, and single weighings, over some days. */
async function fillSimply(desk: Desk, clock: Clock): Promise<void> {
  desk.store.containerTares.setTare('C-1', 500_000);
  for (let day = 0; day < 3; day += 1) {
    for (const truck of ['A-1', 'B-2', `D-${day}`]) await desk.drive(24_000, { truck, containers: ['C-1'] });
    bodyOf(await desk.drive(9_000, { truck: 'A-1', direction: 'out' }));
    bodyOf(await desk.drive(9_500, { truck: 'B-2', direction: 'out', containers: ['C-9', 'C-1'] }));
    bodyOf(await desk.drive(1_000, { truck: null, direction: 'single' }));
    await clock.advance(DAY_MS);
  }
}

/** What the second version knew as well: sessions that were superseded or voided, clones, copies of tickets. */
async function fillWithCorrections(desk: Desk, clock: Clock): Promise<void> {
  await fillSimply(desk, clock);
  bodyOf(await desk.drive(25_000, { truck: 'D-1', force: true }));
  const wrong = bodyOf(await desk.drive(24_000, { truck: 'E-1', containers: ['C-1'] }));
  desk.voids(wrong.sessionId, { clone: { truck: 'F-1', containers: ['C-2', 'C-1'] } });
  const closed = bodyOf(await desk.drive(9_000, { truck: 'F-1', direction: 'out' }));
  desk.voids(closed.sessionId, { clone: { truck: 'G-1' } });
  desk.voids(bodyOf(await desk.drive(1_000, { truck: null, direction: 'single' })).sessionId);
  for (let copy = 0; copy < 2; copy += 1) desk.store.tickets.copy(closed.weight.weightId, 'en');
}

/** Makes the database in a closed store one of an older version, with everything in it that version had a place for. */
function turnInto(version: number, dataDir: string): void {
  const path = databasePath(dataDir);
  renameSync(path, `${path}.present`);
  const old = new Database(path);
  for (const text of schemaVersions.slice(0, version)) old.exec(text);
  old.pragma('foreign_keys = OFF');
  old.exec(`ATTACH '${path}.present' AS present`);
  const namesOf = (schema: string, types: string) =>
    old
      .prepare<[], string>(`SELECT name FROM ${schema}.sqlite_schema WHERE type IN (${types})`)
      .pluck()
      .all();
  const triggers = old
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'",
    )
    .all();
  for (const { name } of triggers) old.exec(`DROP TRIGGER ${name}`);
  const inPresent = new Set(namesOf('present', "'table', 'view'"));
  for (const table of namesOf('main', "'table'")) {
    // In the third version what is shown of a weighing had a table of its own.
    const now = table === 'weighings' ? 'registered_weights' : table;
    if (!inPresent.has(now)) continue;
    const columnsOf = (schema: string, of: string) =>
      (old.pragma(`${schema}.table_info(${of})`) as { name: string }[]).map(({ name }) => name);
    const kept = new Set(columnsOf('present', now));
    const columns = columnsOf('main', table)
      .filter((column) => kept.has(column))
      .join();
    old.exec(`INSERT OR REPLACE INTO main.${table} (${columns}) SELECT ${columns} FROM present.${now}`);
  }
  for (const { sql } of triggers) old.exec(sql);
  old.exec('DETACH present');
  old.pragma('foreign_keys = ON');
  expect(old.pragma('foreign_key_check')).toEqual([]);
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma(`user_version = ${version}`);
  old.close();
}

/** Everything that is shown of the weighings. */
function shownBy({ sessions, lists, tickets, registeredLoads, lives, journal }: Store) {
  const span = { fromAt: '1970', toAt: '9999' };
  const weighings = lists.weighings(span, ['in', 'out', 'single'], null, 500).items;
  const ended = journal
    .rowsAfter(0, 500, 10_000_000)
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ kind }) => kind === 'session.opened' || kind === 'session.voided');
  const sessionIds = [...weighings, ...ended.map(({ body }) => body)].map(({ sessionId }) => sessionId);
  return {
    weighings,
    sessions: sessionIds.map((sessionId: string) => sessions.session(sessionId)),
    open: sessions.openSessions(),
    pending: sessions.pendingSessions(),
    tickets: weighings.map(({ weightId }) => tickets.ofWeight(weightId, null)),
    items: ['A-1', 'B-2', 'F-1', 'C-1', 'C-2', 'C-9', 'none'].map((id) => lists.item(id)),
    sessionsOf: ['A-1', 'B-2', 'F-1', 'C-1', 'C-9'].map((id) => lists.sessionsOf(id, span, null, 500)),
    withoutTare: lists.containersWithoutTare(null, 500),
    onDeck: registeredLoads.isRegistered('north'),
    lives: lives.all().map(({ incarnation }) => incarnation),
  };
}

test.each([
  ['first', 1, fillSimply, 18],
  ['second', 2, fillWithCorrections, 22],
  ['third', 3, fillWithCorrections, 22],
] as const)(
  'a filled database of the %s version shows all its weighings as before, and goes on',
  async (_, version, fill, weighings) => {
    using folder = storeFolder();
    const clock = virtualClock();
    let before: ReturnType<typeof shownBy>;
    {
      using desk = openDesk(folder.dataDir, clock);
      await fill(desk, clock);
      before = shownBy(desk.store);
    }
    turnInto(version, folder.dataDir);

    using desk = openDesk(folder.dataDir, clock);
    expect(shownBy(desk.store)).toEqual(before);
    expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'intact' });
    const next = bodyOf(await desk.drive(24_000, { truck: 'Z-9' }));
    expect(Number(next.ticketNo.slice(-6))).toBe(weighings + 1);
    const database = new Database(databasePath(folder.dataDir), { readonly: true });
    expect(database.prepare('SELECT count(*) FROM registered_weights').pluck().get()).toBe(weighings + 1);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
  },
  30_000,
);
