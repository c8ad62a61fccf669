import type { Language } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';
import type { TicketStore } from './ticket-store.ts';

/** A ticket that waits for the printer; `copy` is null for the first print of an issue. */
export interface WaitingTicket {
  place: number;
  weightId: string;
  copy: number | null;
}

/**
 * The tickets that wait for the printer, kept beside the weighings: a ticket is waiting from the commit of its weighing
 * until it came out, whatever happens to the agent in between.
 */
export interface PrintQueue {
  /** Puts a ticket at the end, where there is a printer. Must run inside the transaction of what it tells. */
  add(weightId: string): void;
  /**
   * The printer starts. What waited when the agent stopped may have come out or not, so it is counted and printed as a
   * copy, under its one number.
   */
  takeOver(language: Language): void;
  /** There is no printer: nothing waits. */
  discard(): void;
  first(): WaitingTicket | undefined;
  remove(place: number): void;
  size(): number;
  /** Told when a ticket is added, before its commit. */
  onAdded(listener: () => void): void;
}

export function openPrintQueue(
  database: Database.Database,
  journal: Journal,
  tickets: Pick<TicketStore, 'copy'>,
): PrintQueue {
  const insert = database.prepare('INSERT INTO tickets_to_print (weight_id) VALUES (?)');
  const selectAll = database.prepare<[], WaitingTicket>(
    'SELECT place, weight_id AS weightId, copy FROM tickets_to_print ORDER BY place',
  );
  const inherited = database
    .prepare<[], number | null>('SELECT max(place) FROM tickets_to_print')
    .pluck()
    .get();
  // What waited before this start comes out as a copy or, while it could not be counted as one, not at all.
  const selectFirst = database.prepare<[number], WaitingTicket>(`
    SELECT place, weight_id AS weightId, copy FROM tickets_to_print
    WHERE place > ? OR copy IS NOT NULL ORDER BY place LIMIT 1
  `);
  const setCopy = database.prepare('UPDATE tickets_to_print SET copy = ? WHERE place = ?');
  const remove = database.prepare('DELETE FROM tickets_to_print WHERE place = ?');
  const removeAll = database.prepare('DELETE FROM tickets_to_print');
  const count = database.prepare<[], number>('SELECT count(*) FROM tickets_to_print').pluck();
  const listeners: (() => void)[] = [];
  let hasPrinter = false;

  return {
    add: (weightId) => {
      if (!hasPrinter) return;
      insert.run(weightId);
      for (const listener of listeners) listener();
    },
    takeOver: (language) => {
      hasPrinter = true;
      if (count.get() === 0) return;
      journal.commit(() => {
        for (const { place, weightId } of selectAll.all()) {
          const outcome = tickets.copy(weightId, language);
          if (outcome.kind === 'copied') setCopy.run(outcome.record.copy, place);
          else remove.run(place);
        }
      });
    },
    discard: () => {
      if (count.get() !== 0) journal.commit(() => void removeAll.run());
    },
    first: () => selectFirst.get(inherited ?? 0),
    remove: (place) => journal.commit(() => void remove.run(place)),
    size: () => count.get() ?? 0,
    onAdded: (listener) => {
      listeners.push(listener);
    },
  };
}
