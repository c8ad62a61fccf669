import type Database from 'better-sqlite3';

/** Which decks still carry a load that is on record already. */
export interface RegisteredLoads {
  isRegistered(scaleId: string): boolean;
  /** The deck was seen empty. */
  clear(scaleId: string): void;
}

export function openRegisteredLoads(database: Database.Database): RegisteredLoads {
  const select = database.prepare('SELECT 1 FROM registered_loads WHERE scale_id = ?').pluck();
  const remove = database.prepare('DELETE FROM registered_loads WHERE scale_id = ?');
  return {
    isRegistered: (scaleId) => select.get(scaleId) !== undefined,
    clear: (scaleId) => void remove.run(scaleId),
  };
}
