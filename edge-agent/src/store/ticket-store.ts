import { type JournalEntry, type Language, MAX_TICKET_COPIES, type Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { TicketRecord } from '../weighing/ticket/ticket.ts';
import type { WeighingEntry } from '../weighing/weighing-store.ts';
import type { Journal } from './journal.ts';

interface TicketRow {
  weightId: Uuid;
  hash: string;
  firstSource: 'scale' | 'manual';
  ended: TicketRecord['ended'];
  copies: number;
}

interface IssueRow {
  issue: number;
  completedUuid: string;
  hash: string;
}

type NetCompletedEntry = Extract<JournalEntry, { kind: 'session.net_completed' }>;

/** What came of asking for a copy. */
export type CopyOutcome =
  | { kind: 'copied'; record: TicketRecord }
  | { kind: 'no_ticket' }
  | { kind: 'too_many_copies' };

/** A weighing of a session, whose ticket is meant. */
export interface TicketPlace {
  sessionId: string;
  direction: 'in' | 'out' | 'single';
}

/** Tickets are made from the journal, at any time and always the same. */
export interface TicketStore {
  /** The weight whose ticket is meant; undefined where there is no such weighing. */
  weightOf(place: TicketPlace): Uuid | undefined;
  /**
   * What the ticket of a weight is made from, as it was last issued.
   * @param copy null for no copy; else one that was counted
   */
  ofWeight(weightId: string, copy: number | null): TicketRecord | undefined;
  /** As it was first issued, before anything of it was completed. */
  firstIssueOf(weightId: string): TicketRecord | undefined;
  /** Counts one more copy and puts it on record, in one transaction. */
  copy(weightId: string, language: Language): CopyOutcome;
  /** Issues a ticket once more under its number. Must run inside the transaction that completes its net. */
  reissue(completed: NetCompletedEntry): void;
}

export function openTicketStore(database: Database.Database, journal: Journal): TicketStore {
  const selectWeight = database
    .prepare<TicketPlace, Uuid>(`
      SELECT weight_id FROM registered_weights
      WHERE weight_id IN (
          SELECT first_weight_id FROM weighing_sessions WHERE session_id = @sessionId
          UNION ALL SELECT second_weight_id FROM weighing_sessions WHERE session_id = @sessionId)
        AND direction = @direction
    `)
    .pluck();
  const selectTicket = database.prepare<[string], TicketRow>(`
    SELECT weight.weight_id AS weightId, journal.hash, first_weight.source AS firstSource, session.ended,
           (SELECT count(*) FROM ticket_copies WHERE weight_id = weight.weight_id) AS copies
    FROM registered_weights AS weight
    JOIN journal ON journal.uuid = weight.weight_id
    JOIN weighing_sessions AS session ON session.session_id = weight.session_id
    JOIN registered_weights AS first_weight ON first_weight.weight_id = session.first_weight_id
    WHERE weight.weight_id = ?
  `);
  const selectIssue = database.prepare<[string], IssueRow>(`
    SELECT issue, completed_uuid AS completedUuid, journal.hash
    FROM ticket_issues JOIN journal ON journal.uuid = completed_uuid
    WHERE weight_id = ? ORDER BY issue DESC LIMIT 1
  `);
  const insertIssue = database.prepare(`
    INSERT INTO ticket_issues (weight_id, issue, completed_uuid) VALUES (?, ?, ?)
  `);
  const insertCopy = database.prepare(`
    INSERT INTO ticket_copies (weight_id, copy, entry_uuid) VALUES (?, ?, ?)
  `);

  function recordOf(
    { weightId, hash, firstSource, ended }: TicketRow,
    copy: number | null,
    completed: TicketRecord['completed'],
  ): TicketRecord {
    // Only weighings have a registered weight, and each has an entry of its id.
    const entry = journal.entry(weightId) as WeighingEntry;
    return { entry, hash, copy, firstIsManual: firstSource === 'manual', ended, completed };
  }

  function completionOf(weightId: string): TicketRecord['completed'] {
    const row = selectIssue.get(weightId);
    if (row === undefined) return null;
    const entry = journal.entry(row.completedUuid) as NetCompletedEntry;
    return { entry, hash: row.hash, issue: row.issue };
  }

  return {
    weightOf: (place) => selectWeight.get(place),
    ofWeight: (weightId, copy) => {
      const row = selectTicket.get(weightId);
      return row === undefined ? undefined : recordOf(row, copy, completionOf(weightId));
    },
    firstIssueOf: (weightId) => {
      const row = selectTicket.get(weightId);
      return row === undefined ? undefined : recordOf(row, null, null);
    },
    copy: (weightId, language) =>
      journal.commit(() => {
        const row = selectTicket.get(weightId);
        if (row === undefined) return { kind: 'no_ticket' };
        if (row.copies >= MAX_TICKET_COPIES) return { kind: 'too_many_copies' };
        const copy = row.copies + 1;
        const record = recordOf(row, copy, completionOf(weightId));
        const { ticketNo, sessionId } = record.entry.body;
        const { uuid } = journal.append({
          kind: 'ticket.reprinted',
          body: { sessionId, weightId: row.weightId, ticketNo, copy, language },
        });
        insertCopy.run(weightId, copy, uuid);
        return { kind: 'copied', record };
      }),
    reissue: ({ uuid, body }) => {
      const { sessionId, ticketNo, second } = body;
      const { weightId } = second;
      const issue = (selectIssue.get(weightId)?.issue ?? 1) + 1;
      insertIssue.run(weightId, issue, uuid);
      journal.append({
        kind: 'ticket.reissued',
        body: { sessionId, weightId, ticketNo, issue, because: 'net_completed', completedBy: uuid },
      });
    },
  };
}
