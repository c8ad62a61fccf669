import { databasePath } from '@weighgate/edge-agent/src/store/open-database.ts';
import type { ChainLink } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import type { EdgeJournal } from './verify-outcome.ts';

/** Reads the agent's journal from its file, beside the running agent, with SQL of its own. */
export function readEdgeJournal(dataDir: string): EdgeJournal {
  using database = disposable(new Database(databasePath(dataDir), { readonly: true, fileMustExist: true }));
  const identity = database.value
    .prepare<[], { device: string; incarnation: string }>('SELECT device, incarnation FROM identity')
    .get();
  if (identity === undefined) throw new Error(`${database.value.name} has no identity`);
  const links = database.value
    .prepare<[string], ChainLink>(`
      SELECT seq, hash, entry_text AS entryText FROM journal WHERE incarnation = ? ORDER BY position
    `)
    .all(identity.incarnation);
  return { ...identity, links };
}

function disposable(value: Database.Database) {
  return { value, [Symbol.dispose]: () => void value.close() };
}
