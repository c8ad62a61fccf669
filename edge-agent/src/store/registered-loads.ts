import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';
import { StoreError } from './store-error.ts';

/** Which decks still carry a load that is on record already. */
export interface RegisteredLoads {
  isRegistered(scaleId: string): boolean;
  /** The deck was seen empty. */
  clear(scaleId: string): void;
}

export function openRegisteredLoads(database: Database.Database, journal: Journal): RegisteredLoads {
  const selectLast = database
    .prepare<[string], string>(`
      SELECT weight_id FROM registered_weights
      WHERE scale_id = ? AND source = 'scale' ORDER BY position DESC LIMIT 1
    `)
    .pluck();
  const selectEmptied = database
    .prepare<[string], string>('SELECT weight_id FROM emptied_decks WHERE scale_id = ?')
    .pluck();
  const upsert = database.prepare(`
    INSERT INTO emptied_decks (scale_id, weight_id) VALUES (?, ?)
    ON CONFLICT (scale_id) DO UPDATE SET weight_id = excluded.weight_id
  `);
  return {
    isRegistered: (scaleId) => selectLast.get(scaleId) !== selectEmptied.get(scaleId),
    clear: (scaleId) => {
      const lastWeightId = selectLast.get(scaleId);
      if (lastWeightId === undefined) return;
      try {
        journal.commit(() => upsert.run(scaleId, lastWeightId));
      } catch (error) {
        // Forgotten on a full disk, it costs an empty deck after the next start, and never a weight registered twice.
        if (!(error instanceof StoreError && error.code === 'store_full')) throw error;
      }
    },
  };
}
