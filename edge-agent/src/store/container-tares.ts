import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';
import { openPendingNets, type TicketParts } from './pending-nets.ts';

/** The tares of containers as this site knows them. */
export interface ContainerTares {
  tareOf(container: string): number | undefined;
  /**
   * Sets a tare in grams and journals it with the one before; setting the same again changes nothing. Nets that waited
   * for nothing else are completed in the same transaction.
   */
  setTare(container: string, tareG: number): { changed: boolean };
  /** Sets many tares in one transaction, all or none of them, each changed one with an entry of its own. */
  setTares(tares: ReadonlyMap<string, number>): { changedCount: number };
  /** Sets a tare that came from the cloud in this revision. Must run inside a transaction. */
  takeOver(container: string, tareG: number, masterDataRevision: number): void;
}

export function openContainerTares(
  database: Database.Database,
  journal: Journal,
  ticketParts: TicketParts,
): ContainerTares {
  const selectTare = database
    .prepare<[string], number>('SELECT tare_g FROM container_tares WHERE container = ?')
    .pluck();
  const upsert = database.prepare(`
    INSERT INTO container_tares (container, tare_g, entry_uuid) VALUES (?, ?, ?)
    ON CONFLICT (container) DO UPDATE SET tare_g = excluded.tare_g, entry_uuid = excluded.entry_uuid
  `);
  const pendingNets = openPendingNets(database, journal, ticketParts);

  /** Whether the tare was another before. Must run inside a transaction. */
  function put(container: string, tareG: number, masterDataRevision?: number): boolean {
    const previousTareG = selectTare.get(container) ?? null;
    if (previousTareG === tareG) return false;
    const from = masterDataRevision === undefined ? {} : { masterDataRevision };
    const body = { container, tareG, previousTareG, ...from };
    const entry = journal.append({ kind: 'container_tare.set', body });
    upsert.run(container, tareG, entry.uuid);
    pendingNets.complete(container);
    return true;
  }

  return {
    tareOf: (container) => selectTare.get(container),
    takeOver: (container, tareG, masterDataRevision) => void put(container, tareG, masterDataRevision),
    setTare: (container, tareG) => journal.commit(() => ({ changed: put(container, tareG) })),
    setTares: (tares) =>
      journal.commit(() => ({
        changedCount: [...tares].filter(([container, tareG]) => put(container, tareG)).length,
      })),
  };
}
