import { type Language, MAX_TICKET_COPIES } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { TicketRecord } from '../weighing/ticket/ticket.ts';
import type { WeighingEntry } from '../weighing/weighing-store.ts';
import type { Journal } from './journal.ts';

interface TicketRow {
  weightId: string;
  hash: string;
  firstSource: 'scale' | 'manual';
  ended: TicketRecord['ended'];
  copies: number;
}

/** What came of asking for a copy. */
export type CopyOutcome =
  | { kind: 'copied'; record: TicketRecord }
  | { kind: 'no_ticket' }
  | { kind: 'too_many_copies' };

/** Tickets are made from the journal, at any time and always the same. */
export interface TicketStore {
  /** What the original ticket of a weighing is made from; undefined where there is no such weighing. */
  original(sessionId: string, direction: 'in' | 'out' | 'single'): TicketRecord | undefined;
  /** What a copy that was counted before is made from. */
  copyNumbered(sessionId: string, direction: 'in' | 'out' | 'single', copy: number): TicketRecord | undefined;
  /** Counts one more copy and puts it on record, in one transaction. */
  copy(sessionId: string, direction: 'in' | 'out' | 'single', language: Language): CopyOutcome;
}

export function openTicketStore(database: Database.Database, journal: Journal): TicketStore {
  const selectTicket = database.prepare<{ sessionId: string; direction: string }, TicketRow>(`
    SELECT weight.weight_id AS weightId, journal.hash, first_weight.source AS firstSource, session.ended,
           (SELECT count(*) FROM ticket_copies WHERE weight_id = weight.weight_id) AS copies
    FROM registered_weights AS weight
    JOIN journal ON journal.uuid = weight.weight_id
    JOIN weighing_sessions AS session ON session.session_id = weight.session_id
    JOIN registered_weights AS first_weight ON first_weight.weight_id = session.first_weight_id
    WHERE weight.weight_id IN (
        SELECT first_weight_id FROM weighing_sessions WHERE session_id = @sessionId
        UNION ALL SELECT second_weight_id FROM weighing_sessions WHERE session_id = @sessionId)
      AND weight.direction = @direction
  `);
  const insertCopy = database.prepare(`
    INSERT INTO ticket_copies (weight_id, copy, entry_uuid) VALUES (?, ?, ?)
  `);

  function recordOf({ weightId, hash, firstSource, ended }: TicketRow, copy: number | null): TicketRecord {
    // Only weighings have a registered weight, and each has an entry of its id.
    const entry = journal.entry(weightId) as WeighingEntry;
    return { entry, hash, copy, firstIsManual: firstSource === 'manual', ended, provider: null };
  }

  return {
    original: (sessionId, direction) => {
      const row = selectTicket.get({ sessionId, direction });
      return row === undefined ? undefined : recordOf(row, null);
    },
    copyNumbered: (sessionId, direction, copy) => {
      const row = selectTicket.get({ sessionId, direction });
      return row === undefined || copy > row.copies ? undefined : recordOf(row, copy);
    },
    copy: (sessionId, direction, language) =>
      journal.commit(() => {
        const row = selectTicket.get({ sessionId, direction });
        if (row === undefined) return { kind: 'no_ticket' };
        if (row.copies >= MAX_TICKET_COPIES) return { kind: 'too_many_copies' };
        const copy = row.copies + 1;
        const record = recordOf(row, copy);
        const { weight, ticketNo, sessionId: weighedIn } = record.entry.body;
        const { uuid } = journal.append({
          kind: 'ticket.reprinted',
          body: { sessionId: weighedIn, weightId: weight.weightId, ticketNo, copy, language },
        });
        insertCopy.run(weight.weightId, copy, uuid);
        return { kind: 'copied', record };
      }),
  };
}
