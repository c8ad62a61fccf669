import type { ProofOutcome } from './proof.ts';

/** What should hold, in words, and whether it did. */
export type Claim = readonly [claim: string, holds: boolean];

/** The outcome of a proof that is a list of claims: the share that holds, with every claim told. */
export function outcomeOf(name: string, claims: readonly Claim[]): ProofOutcome {
  const passed = claims.filter(([, holds]) => holds).length;
  const details = claims.map(([claim, holds]) => `${holds ? 'holds' : 'FAILS'}: ${claim}`);
  return { kind: 'tried', results: [{ name, value: passed / claims.length, goal: 1, details }] };
}
