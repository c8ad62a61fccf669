import assert from 'node:assert/strict';
import Database from 'better-sqlite3';

/**
 * Tries to change a database as somebody with the disk in hand would. `refused`: its own triggers must forbid it.
 * `done`: whoever edits it takes the triggers away first.
 */
export function edited(file: string, statement: string, expected: 'refused' | 'done'): void {
  const database = new Database(file);
  try {
    if (expected === 'refused') {
      assert.throws(() => database.exec(statement), /never/);
      return;
    }
    const triggers = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'journal'")
      .pluck()
      .all();
    for (const name of triggers) database.exec(`DROP TRIGGER ${name}`);
    assert(database.prepare(statement).run().changes > 0, 'nothing was changed');
  } finally {
    database.close();
  }
}
