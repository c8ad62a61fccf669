import { createHash } from 'node:crypto';

/** What became of an operation: `info` where nobody can know yet. */
export type Outcome = 'invoke' | 'ok' | 'fail' | 'info';

/** Everything that happened in a world, in order; the same seed gives the same lines. */
export interface History {
  note(what: string): void;
  /** An operation of a person at a weighbridge. */
  operation(outcome: Outcome, what: string): void;
  readonly lines: readonly string[];
  /** SHA-256 of all lines. */
  hash(): string;
}

/** @param nowMs virtual time since the beginning */
export function openHistory(nowMs: () => number): History {
  const digest = createHash('sha256');
  const lines: string[] = [];
  const note = (what: string) => {
    const line = `${(nowMs() / 1000).toFixed(3)} ${what}`;
    digest.update(line).update('\n');
    lines.push(line);
  };
  return {
    note,
    operation: (outcome, what) => note(`${outcome} ${what}`),
    lines,
    hash: () => digest.copy().digest('hex'),
  };
}
