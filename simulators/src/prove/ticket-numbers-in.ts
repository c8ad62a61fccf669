import { ticketNoOf } from '@weighgate/edge-agent/src/store/ticket-numbers.ts';
import type Database from 'better-sqlite3';

/** Every ticket number that a database has issued. */
export function ticketNumbersIn(database: Database.Database): Set<string> {
  const rows = database
    .prepare<[], { series: string; number: number }>(
      'SELECT ticket_series AS series, ticket_number AS number FROM registered_weights',
    )
    .all();
  return new Set(rows.map(({ series, number }) => ticketNoOf(series, number)));
}
