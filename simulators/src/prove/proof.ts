import type { BenchResult } from '../bench/result.ts';

/** A claim that is tried against the real thing. `missing`: what this machine lacks to try it, in words. */
export type ProofOutcome =
  | { kind: 'tried'; results: readonly BenchResult[] }
  | { kind: 'missing'; what: string };

/** Tries a claim. @param args what the command line says after its name @throws what node:util says of options */
export type Proof = (args: string[]) => ProofOutcome | Promise<ProofOutcome>;
