import type { RegisteredWeight } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import { entryReader } from './entry-reader.ts';
import { RecordCorruptError } from './record-corrupt.ts';
import { ticketNoOf } from './ticket-numbers.ts';

/** One ticket as it was given out; without its weighing when what is stored is not what was. */
export type LastTicket =
  | {
      kind: 'sound';
      ticketNo: string;
      direction: 'in' | 'out' | 'single';
      truck: string | null;
      weight: RegisteredWeight;
      /** Grams; null where the weighing made none, or it waits for a tare. */
      netG: number | null;
    }
  | { kind: 'corrupt'; ticketNo: string };

interface TicketRow {
  weightId: string;
  ticketSeries: string;
  ticketNumber: number;
  direction: 'in' | 'out' | 'single';
}

/** The last tickets of a database, newest first, each proven by its journal entry. Only reads. @param count at most */
export function lastTickets(database: Database.Database, count: number): LastTicket[] {
  const entryOf = entryReader(database);
  return database
    .prepare<[number], TicketRow>(`
      SELECT weight_id AS weightId, ticket_series AS ticketSeries, ticket_number AS ticketNumber, direction
      FROM registered_weights ORDER BY position DESC LIMIT ?
    `)
    .all(count)
    .map(({ weightId, ticketSeries, ticketNumber, direction }): LastTicket => {
      const ticketNo = ticketNoOf(ticketSeries, ticketNumber);
      const entry = soundEntry(entryOf, weightId);
      if (entry === undefined || !('weight' in entry.body) || entry.body.ticketNo !== ticketNo)
        return { kind: 'corrupt', ticketNo };
      const { body } = entry;
      const netG = 'net' in body && body.net.kind === 'known' ? body.net.netG : null;
      return { kind: 'sound', ticketNo, direction, truck: body.truck, weight: body.weight, netG };
    });
}

function soundEntry(entryOf: ReturnType<typeof entryReader>, uuid: string) {
  try {
    return entryOf(uuid);
  } catch (error) {
    if (error instanceof RecordCorruptError) return undefined;
    throw error;
  }
}
