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
  { incarnation }: Identity,
  clock: Clock,
): Seal {
  const insert = database.prepare(`
    INSERT INTO seal_breaks (incarnation, seq, reason, detail, found_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
  `);
  const selectOpen = database.prepare<[string], BreakRow>(`
    SELECT seq AS brokenAtSeq, reason, detail, found_at AS foundAt FROM seal_breaks
    WHERE incarnation = ? AND acknowledged_by IS NULL ORDER BY seq
  `);
  const acknowledgeOne = database.prepare(`
    UPDATE seal_breaks SET acknowledged_by = ? WHERE incarnation = ? AND seq = ? AND reason = ?
  `);
  return {
    state: () => {
      const first = selectOpen.get(incarnation);
      return first === undefined ? { kind: 'intact' } : { kind: 'broken', ...first };
    },
    note: (breaks) => {
      const foundAt = isoInstant(clock.now());
      journal.commit(() => {
        for (const { seq, reason, detail } of breaks) insert.run(incarnation, seq, reason, detail, foundAt);
      });
    },
    acknowledge: (by, why) =>
      journal.commit(() => {
        const open = selectOpen.all(incarnation);
        for (const { brokenAtSeq, reason } of open) {
          const entry = journal.append({ kind: 'seal.acknowledged', body: { brokenAtSeq, reason, by, why } });
          acknowledgeOne.run(entry.uuid, incarnation, brokenAtSeq, reason);
        }
        return open.length;
      }),
  };
}
