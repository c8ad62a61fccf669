import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { APPLICATION_ID, databasePath, openDatabase } from './open-database.ts';
import { schemaVersions } from './schema.ts';
import { storeFolder } from './store-folder.ts';

const journalRow = (seq: number) =>
  `INSERT INTO journal (position, incarnation, seq, uuid, kind, entry_text, hash)
   VALUES (${seq}, 'life', ${seq}, 'w-${seq}', 'test.entry', '{}', '${'0'.repeat(64)}')`;
const session = `INSERT INTO weighing_sessions (session_id, truck, truck_key, state, first_weight_id)
                 VALUES ('s-1', 'A-1', 'A1', 'open', 'w-1')`;

/** The entry of a weighing of the session, in SQL; `changes` names columns and what stands in them instead. */
function weighing(seq: number, changes: Record<string, string> = {}): string {
  const columns = {
    position: `${seq}`,
    incarnation: "'life'",
    seq: `${seq}`,
    uuid: `'w-${seq}'`,
    kind: "'test.entry'",
    entry_text: "'{}'",
    hash: `'${'0'.repeat(64)}'`,
    session_id: "'s-1'",
    scale_id: "'north'",
    direction: "'in'",
    gross_g: '1',
    containers: "'[]'",
    ticket_series: "'T'",
    ticket_number: `${seq}`,
    registered_at: "'2026-11-01T08:00'",
    source: "'scale'",
    ...changes,
  };
  return `INSERT INTO journal (${Object.keys(columns)}) VALUES (${Object.values(columns)})`;
}

/** A second weighing of the truck, which its session names. */
const weighedOut = (changes: Record<string, string> = {}) =>
  `UPDATE weighing_sessions
     SET state = 'closed', second_weight_id = 'w-2', net_kind = 'known', net_g = 1, truck_tare_g = 1;
   ${weighing(2, changes)}`;

function withOneWeighing() {
  const folder = storeFolder();
  const database = openDatabase(folder.dataDir);
  database.transaction(() => {
    for (const statement of [session, weighing(1)]) database.exec(statement);
  })();
  return {
    database,
    [Symbol.dispose]: () => {
      database.close();
      folder[Symbol.dispose]();
    },
  };
}

function disposable(database: Database.Database) {
  return { database, [Symbol.dispose]: () => void database.close() };
}

const disposableDatabase = (dataDir: string) => disposable(openDatabase(dataDir));

/** The database as an older program left it. */
function databaseOfVersion(version: number, dataDir: string) {
  const database = new Database(databasePath(dataDir));
  for (const text of schemaVersions.slice(0, version)) database.exec(text);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${version}`);
  return disposable(database);
}

test.each([
  ["UPDATE journal SET entry_text = '{ }'", /never changed/],
  ['UPDATE journal SET seq = 2', /never changed/],
  ['DELETE FROM journal', /never deleted/],
  [journalRow(3), /without a gap/],
  [journalRow(2).replace("(2, 'life', 2", "(2, 'life', 1"), /without a gap/],
  [
    "INSERT OR REPLACE INTO journal SELECT position, incarnation, seq, uuid, kind, '{ }', hash FROM journal",
    /./,
  ],
  ['UPDATE journal SET gross_g = 2', /never changed/],
  [session.replace('s-1', 's-2'), /UNIQUE/],
  [weighing(1), /UNIQUE|without a gap|named by its session/],
  [weighing(2), /named by its session/],
  [weighedOut({ ticket_number: '1' }), /numbered without a gap/],
  [weighedOut({ ticket_number: '3' }), /numbered without a gap/],
  [weighedOut({ ticket_series: "'U'" }), /numbered without a gap/],
  [weighedOut({ session_id: "'s-none'" }), /named by its session/],
  [weighedOut({ session_id: 'NULL' }), /CHECK/],
  [weighedOut({ scale_id: 'NULL' }), /CHECK/],
  [weighedOut({ direction: 'NULL' }), /CHECK/],
  [weighedOut({ direction: "'across'" }), /CHECK/],
  [weighedOut({ gross_g: 'NULL' }), /CHECK/],
  [weighedOut({ gross_g: '-1' }), /CHECK/],
  [weighedOut({ containers: 'NULL' }), /CHECK/],
  [weighedOut({ containers: "'C-1'" }), /CHECK|malformed JSON/],
  [weighedOut({ registered_at: 'NULL' }), /CHECK/],
  [weighedOut({ source: 'NULL' }), /CHECK/],
  [weighedOut({ source: "'guess'" }), /CHECK/],
  [weighedOut({ source: "'manual'", manual_reason: "'scale in repair'" }), /CHECK/],
  [weighedOut({ source: "'manual'", manual_operator: "'Dana'" }), /CHECK/],
  [weighedOut({ manual_operator: "'Dana'", manual_reason: "'scale in repair'" }), /CHECK/],
  ["UPDATE weighing_sessions SET state = 'closed'", /CHECK/],
  ['UPDATE weighing_sessions SET truck_key = NULL', /CHECK/],
  ['DELETE FROM weighing_sessions', /FOREIGN KEY/],
  ['INSERT INTO identity VALUES (2, 1, 1, 1, 1, NULL, NULL)', /CHECK/],
  ["INSERT INTO sync_positions VALUES ('life', -1, 'epoch')", /CHECK/],
  ["INSERT INTO ticket_copies VALUES ('w-1', 2, 'w-1')", /without a gap/],
  ["INSERT INTO ticket_copies VALUES ('w-1', 1, 'w-1'); UPDATE ticket_copies SET copy = 5", /never changed/],
  ["INSERT INTO ticket_copies VALUES ('w-1', 1, 'w-1'); DELETE FROM ticket_copies", /never deleted/],
])('the schema refuses %s', (statement, why) => {
  using one = withOneWeighing();
  expect(() => one.database.transaction(() => one.database.exec(statement))()).toThrow(why);
  expect(one.database.prepare('SELECT entry_text FROM journal').pluck().all()).toEqual(['{}']);
});

test('the schema takes what is right', () => {
  using one = withOneWeighing();
  one.database.transaction(() => one.database.exec(weighedOut()))();
  const manual = { source: "'manual'", manual_operator: "'Dana'", manual_reason: "'scale in repair'" };
  const next = session.replace('s-1', 's-2').replace('w-1', 'w-3');
  one.database.exec(`${next}; ${weighing(3, { session_id: "'s-2'", containers: `'["C-1"]'`, ...manual })}`);
  one.database.exec(journalRow(4));
  const rows = one.database.prepare('SELECT weight_id, ticket_number FROM registered_weights').raw().all();
  expect(rows).toEqual([
    ['w-1', 1],
    ['w-2', 2],
    ['w-3', 3],
  ]);
});

test('a database of the first version keeps its weighings and lists their containers', () => {
  using folder = storeFolder();
  {
    using first = databaseOfVersion(1, folder.dataDir);
    const two = `INSERT INTO registered_weights
      (weight_id, session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at)
      VALUES ('w-1', 's-1', 'north', 'in', 1, '["C-1","C-2","C-1"]', 'T', 1, 'now')`;
    first.database.transaction(() => {
      for (const statement of [journalRow(1), session, two]) first.database.exec(statement);
    })();
  }
  using now = disposableDatabase(folder.dataDir);
  expect(now.database.prepare('SELECT source FROM registered_weights').pluck().all()).toEqual(['scale']);
  expect(now.database.prepare('SELECT container FROM declared_containers').pluck().all()).toEqual([
    'C-1',
    'C-2',
  ]);
});

test('a database of the second version has its lives put on record, in order of birth', () => {
  using folder = storeFolder();
  const entryAt = (wallMs: number) => JSON.stringify({ at: { wallMs } });
  {
    using second = databaseOfVersion(2, folder.dataDir);
    const rows: [position: number, life: string, seq: number, text: string][] = [
      [1, 'first', 1, entryAt(0)],
      [2, 'first', 2, '{}'],
      [3, 'second', 1, 'damaged'],
      [4, 'third', 1, entryAt(1_791_186_720_000)],
    ];
    const insert = second.database.prepare("INSERT INTO journal VALUES (?, ?, ?, ?, 'test.entry', ?, ?)");
    for (const [position, life, seq, text] of rows) {
      insert.run(position, life, seq, `w-${position}`, text, '0'.repeat(64));
    }
    const born = '2026-11-01T00:00:00.000Z';
    second.database
      .prepare("INSERT INTO identity VALUES (1, 'gate-1', 'DEMO', 'fourth', ?, 'third', 1)")
      .run(born);
  }
  using now = disposableDatabase(folder.dataDir);
  const lives = () =>
    now.database
      .prepare('SELECT incarnation, born_at, parent_incarnation, parent_seq, base FROM lives')
      .raw()
      .all();
  const first = '1970-01-01T00:00:00.000Z';
  const expected = [
    ['first', first, null, null, 0],
    ['second', first, 'first', 2, 2],
    ['third', '2026-10-05T07:52:00.000Z', 'second', 1, 3],
    ['fourth', '2026-11-01T00:00:00.000Z', 'third', 1, 4],
  ];
  expect(lives()).toEqual(expected);
  now.database.exec(
    "UPDATE identity SET incarnation = 'fifth', parent_incarnation = 'fourth', parent_seq = 0",
  );
  expect(lives()).toEqual([...expected, ['fifth', '2026-11-01T00:00:00.000Z', 'fourth', 0, 4]]);
});
