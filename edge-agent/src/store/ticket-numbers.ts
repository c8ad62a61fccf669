import type Database from 'better-sqlite3';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';

/** A ticket's number in two parts, and as it stands on the ticket. */
export interface TicketNumber {
  series: string;
  number: number;
  ticketNo: string;
}

/** The ticket numbers of the present life. Both must run inside the weighing's transaction. */
export interface TicketNumbers {
  /** Site code, the last four characters of the incarnation, a gapless counter. */
  next(): TicketNumber;
  /** The entry that was appended last has this ticket. */
  keep(ticket: TicketNumber): void;
}

/** A rebuilt database has another incarnation, so it cannot issue a number again. */
export function ticketNumbers(
  database: Database.Database,
  identity: Identity,
  journal: Pick<Journal, 'head'>,
): TicketNumbers {
  // Where a column that is sought by a bound value is sorted by as well, SQLite prepares the statement anew at every use;
  // a CAST keeps it as it is.
  const lastNumber = database
    .prepare<[string], number>(`
      SELECT ticket_number FROM journal
      WHERE ticket_series = CAST(? AS TEXT) ORDER BY position DESC LIMIT 1
    `)
    .pluck();
  /** The last ticket, and the hash of its entry: it is the last as long as the journal ends with that entry. */
  let last: { ticket: TicketNumber; hash: string } | null = null;
  return {
    next: () => {
      // Not once for all: a new life may begin while the agent runs.
      const series = `${identity.site}-${identity.incarnation.slice(-4)}`;
      const known = last?.ticket.series === series && last.hash === journal.head().hash ? last : null;
      const before = known?.ticket.number ?? lastNumber.get(series) ?? 0;
      return { series, number: before + 1, ticketNo: ticketNoOf(series, before + 1) };
    },
    keep: (ticket) => {
      last = { ticket, hash: journal.head().hash };
    },
  };
}

/** `DEMO-4f2a-000017`. */
export function ticketNoOf(series: string, number: number): string {
  return `${series}-${String(number).padStart(6, '0')}`;
}
