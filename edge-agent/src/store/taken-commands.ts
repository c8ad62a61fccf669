import type { CommandRefusal, Uuid } from '@weighgate/protocol';
import type Database from 'better-sqlite3';
import type { Journal } from './journal.ts';

const DAY_MS = 86_400_000;

/** The commands of the cloud that were taken, and those that were refused. */
export interface TakenCommands {
  isTaken(nonce: string): boolean;
  /** Keeps that it was taken, on disk before it is followed. */
  take(nonce: string, expiresMs: number, nowMs: number): void;
  /** Leaves an entry in the journal. */
  refused(refusal: { reason: CommandRefusal; nonce: Uuid | null; detail: string }): void;
}

export function openTakenCommands(database: Database.Database, journal: Journal): TakenCommands {
  const select = database.prepare<[string], number>('SELECT 1 FROM taken_commands WHERE nonce = ?').pluck();
  const insert = database.prepare('INSERT INTO taken_commands (nonce, expires_ms) VALUES (?, ?)');
  const forget = database.prepare('DELETE FROM taken_commands WHERE expires_ms < ?');
  return {
    isTaken: (nonce) => select.get(nonce) !== undefined,
    take: (nonce, expiresMs, nowMs) =>
      journal.commit(() => {
        forget.run(nowMs - DAY_MS);
        insert.run(nonce, expiresMs);
      }),
    refused: (body) => {
      journal.commit(() => journal.append({ kind: 'command.refused', body }));
    },
  };
}
