import type Database from 'better-sqlite3';
import type { Identity } from './identity.ts';

/** A ticket's number in two parts, and as it stands on the ticket. */
export interface TicketNumber {
  series: string;
  number: number;
  ticketNo: string;
}

/**
 * Takes the next ticket number: site code, the last four characters of the incarnation, a gapless counter. A rebuilt
 * database has another incarnation, so it cannot issue a number again. Must run inside the weighing's transaction.
 */
export function ticketNumbers(database: Database.Database, identity: Identity): () => TicketNumber {
  // Where a column that is sought by a bound value is sorted by as well, SQLite prepares the statement anew at every use;
  // a CAST keeps it as it is.
  const lastNumber = database
    .prepare<[string], number>(`
      SELECT ticket_number FROM journal
      WHERE ticket_series = CAST(? AS TEXT) ORDER BY position DESC LIMIT 1
    `)
    .pluck();
  return () => {
    // Not once for all: a new life may begin while the agent runs.
    const series = `${identity.site}-${identity.incarnation.slice(-4)}`;
    const number = (lastNumber.get(series) ?? 0) + 1;
    return { series, number, ticketNo: ticketNoOf(series, number) };
  };
}

/** `DEMO-4f2a-000017`. */
export function ticketNoOf(series: string, number: number): string {
  return `${series}-${String(number).padStart(6, '0')}`;
}
