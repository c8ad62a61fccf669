import { expect, test } from 'vitest';
import { openDatabase } from './open-database.ts';
import { storeFolder } from './store-folder.ts';

const journalRow = (seq: number) =>
  `INSERT INTO journal (position, incarnation, seq, uuid, kind, entry_text, hash)
   VALUES (${seq}, 'life', ${seq}, 'w-${seq}', 'test.entry', '{}', '${'0'.repeat(64)}')`;
const session = `INSERT INTO weighing_sessions (session_id, truck, truck_key, state, first_weight_id)
                 VALUES ('s-1', 'A-1', 'A1', 'open', 'w-1')`;
const weight = `INSERT INTO registered_weights
                (weight_id, session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at)
                VALUES ('w-1', 's-1', 'north', 'in', 1, '[]', 'T', 1, 'now')`;

function withOneWeighing() {
  const folder = storeFolder();
  const database = openDatabase(folder.dataDir);
  database.transaction(() => {
    for (const statement of [journalRow(1), session, weight]) database.exec(statement);
  })();
  return {
    database,
    [Symbol.dispose]: () => {
      database.close();
      folder[Symbol.dispose]();
    },
  };
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
  ['UPDATE registered_weights SET gross_g = 2', /never changed/],
  ['DELETE FROM registered_weights', /never deleted/],
  [session.replace('s-1', 's-2'), /UNIQUE/],
  [weight, /UNIQUE/],
  [weight.replace('w-1', 'w-2').replace('s-1', 's-none'), /named by its session/],
  ["UPDATE weighing_sessions SET state = 'closed'", /CHECK/],
  ['UPDATE weighing_sessions SET truck_key = NULL', /CHECK/],
  [weight.replace("'w-1'", "'w-2'"), /named by its session/],
  ['INSERT INTO identity VALUES (2, 1, 1, 1, 1, NULL, NULL)', /CHECK/],
  ["INSERT INTO sync_positions VALUES ('life', -1, 'epoch')", /CHECK/],
])('the schema refuses %s', (statement, why) => {
  using one = withOneWeighing();
  expect(() => one.database.exec(statement)).toThrow(why);
  expect(one.database.prepare('SELECT entry_text FROM journal').pluck().all()).toEqual(['{}']);
});
