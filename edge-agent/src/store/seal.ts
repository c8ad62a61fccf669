import { type BreakReason, type Clock, isoInstant } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { StoreBreak } from './check-entry.ts';
import type { Identity } from './identity.ts';
import type { Journal } from './journal.ts';

/** Whether the journal can be trusted. A break stands until a person has acknowledged it. */
export type SealState =
  | { kind: 'intact' }
  | { kind: 'broken'; brokenAtSeq: number; reason: BreakReason; detail: string; foundAt: string };

/** What is known to be broken in the journal, kept until a person answers for it. */
export interface Seal {
  state(): SealState;
  /** Keeps what a check has found; what is known already stays as it was, acknowledged or not. */
  note(breaks: readonly StoreBreak[]): void;
  /**
   * Records that a person answers for weighing on, with one entry for each break.
   * @returns how many breaks that were
   */
  acknowledge(by: string, why: string): number;
}

interface BreakRow {
  brokenAtSeq: number;
  reason: BreakReason;
  detail: string;
  foundAt: string;
}

export function openSeal(
  database: Database.Database,
  journal: Journal,
  identity: Identity,
  clock: Clock,
): Seal {
  const insert = database.prepare(`
    INSERT INTO seal_breaks (incarnation, seq, reason, detail, found_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
  `);
  // Of every life: a break stands also when the database has gone on into another one.
  const selectOpen = database.prepare<[], BreakRow & { incarnation: string }>(`
    SELECT incarnation, seq AS brokenAtSeq, reason, detail, found_at AS foundAt FROM seal_breaks
    WHERE acknowledged_by IS NULL ORDER BY found_at, seq
  `);
  const acknowledgeOne = database.prepare(`
    UPDATE seal_breaks SET acknowledged_by = ? WHERE incarnation = ? AND seq = ? AND reason = ?
  `);
  return {
    state: () => {
      const first = selectOpen.get();
      if (first === undefined) return { kind: 'intact' };
      const { brokenAtSeq, reason, detail, foundAt } = first;
      return { kind: 'broken', brokenAtSeq, reason, detail, foundAt };
    },
    note: (breaks) => {
      const foundAt = isoInstant(clock.now());
      journal.commit(() => {
        for (const { seq, reason, detail } of breaks)
          insert.run(identity.incarnation, seq, reason, detail, foundAt);
      });
    },
    acknowledge: (by, why) =>
      journal.commit(() => {
        const open = selectOpen.all();
        for (const { incarnation, brokenAtSeq, reason } of open) {
          const entry = journal.append({ kind: 'seal.acknowledged', body: { brokenAtSeq, reason, by, why } });
          acknowledgeOne.run(entry.uuid, incarnation, brokenAtSeq, reason);
        }
        return open.length;
      }),
  };
}
