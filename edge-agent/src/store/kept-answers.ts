import type Database from 'better-sqlite3';
import type { Idempotency } from '../weighing/weighing-store.ts';
import type { Journal } from './journal.ts';

/** What came of a request under a key. */
export type OnceOutcome =
  /** The answer, made now or when the key was first used. */
  | { kind: 'answer'; text: string; repeated: boolean }
  /** It came to nothing, so the key is still free. */
  | { kind: 'nothing' }
  | { kind: 'key_reused' };

/** Answers of requests that create something, kept under the caller's key: asked again they create nothing more. */
export interface KeptAnswers {
  /**
   * Runs `work` unless the key was used, and keeps its answer in the same transaction.
   * @param idempotency null for a request without a key, which is always run
   * @param work gives the answer as JSON text, or null when it created nothing
   */
  once(idempotency: Idempotency | null, work: () => string | null): OnceOutcome;
  /** What is kept under a key; undefined while it is free. */
  earlier(idempotency: Idempotency): Exclude<OnceOutcome, { kind: 'nothing' }> | undefined;
  /** Whether a key was used for something other than a weighing. */
  isKept(key: string): boolean;
}

export function openKeptAnswers(database: Database.Database, journal: Journal): KeptAnswers {
  // A weighing is answered from its own entry: its key has no answer here.
  const selectKey = database.prepare<{ key: string }, { requestDigest: string; text: string | null }>(`
    SELECT request_digest AS requestDigest, answer AS text FROM kept_answers WHERE key = @key
    UNION ALL SELECT request_digest, NULL FROM idempotency_keys WHERE key = @key
  `);
  const selectKept = database.prepare<[string]>('SELECT 1 FROM kept_answers WHERE key = ?');
  const insert = database.prepare('INSERT INTO kept_answers (key, request_digest, answer) VALUES (?, ?, ?)');

  const earlier: KeptAnswers['earlier'] = ({ key, requestDigest }) => {
    const row = selectKey.get({ key });
    if (row === undefined) return undefined;
    if (row.text === null || row.requestDigest !== requestDigest) return { kind: 'key_reused' };
    return { kind: 'answer', text: row.text, repeated: true };
  };

  return {
    earlier,
    isKept: (key) => selectKept.get(key) !== undefined,
    once: (idempotency, work) =>
      journal.commit(() => {
        const known = idempotency === null ? undefined : earlier(idempotency);
        if (known !== undefined) return known;
        const text = work();
        if (text === null) return { kind: 'nothing' };
        if (idempotency !== null) insert.run(idempotency.key, idempotency.requestDigest, text);
        return { kind: 'answer', text, repeated: false };
      }),
  };
}
