import type Database from 'better-sqlite3';
import type { WeighingEntry } from '../weighing/weighing-store.ts';
import type { Journal } from './journal.ts';

/** So many of the last weighings are chosen from. */
const LOOKED_AT = 500;

/** The last weighings that an indicator keeps in its alibi memory too, newest first; at most 500 are looked at. */
export function lastAlibiRecords(database: Database.Database, journal: Journal): () => WeighingEntry[] {
  const select = database
    .prepare<[number], string>(
      `SELECT weight_id FROM registered_weights WHERE source = 'scale' ORDER BY position DESC LIMIT ?`,
    )
    .pluck();
  return () =>
    select.all(LOOKED_AT).flatMap((weightId) => {
      const entry = journal.entry(weightId) as WeighingEntry;
      return hasAlibi(entry) ? [entry] : [];
    });
}

function hasAlibi({ body: { weight } }: WeighingEntry): boolean {
  return weight.alibiId !== undefined || (weight.parts ?? []).some(({ alibiId }) => alibiId !== undefined);
}
