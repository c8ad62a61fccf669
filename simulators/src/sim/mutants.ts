import type { CloudRules } from './cloud-rules.ts';
import type { WeakEdge } from './edge-machine.ts';
import { memoryCloud } from './memory-cloud.ts';
import {
  acksHighest,
  acksOnReceipt,
  ignoresCarried,
  knowsNoLives,
  seesNoForks,
  takesEveryRow,
} from './weak-clouds.ts';
import { deletingOnAck, forgettingToCarry } from './weak-edges.ts';
import type { OpenCloud } from './world.ts';

/** A world whose protocol lacks something: the checks have to see it. */
export interface Mutant {
  name: string;
  lacks: string;
  openCloud?: OpenCloud;
  /** Made anew for each machine. */
  edge?: () => WeakEdge;
  /** Only these count: what else breaks on the way is no proof that the checks see what is lacking. */
  killedBy: RegExp;
}

const byRules =
  (rules: CloudRules): OpenCloud =>
  (parts) =>
    memoryCloud(parts, { rules });

/** The first six are those of the protocol's reference, by its letters. */
export const mutants: readonly Mutant[] = [
  {
    name: 'A',
    lacks: 'the cloud acknowledges on receipt, and the edge deletes',
    openCloud: byRules(acksOnReceipt),
    edge: deletingOnAck,
    killedBy: /^I[14]/,
  },
  {
    name: 'B',
    lacks: 'what is acknowledged is the highest entry that came, and the edge deletes',
    openCloud: byRules(acksHighest),
    edge: deletingOnAck,
    killedBy: /^I1/,
  },
  {
    name: 'C',
    lacks: 'the cloud knows entries by device and seq, without the life of the database',
    openCloud: byRules(knowsNoLives),
    killedBy: /^I1/,
  },
  {
    name: 'D',
    lacks: 'the cloud takes another entry at a place that is taken for a repetition',
    openCloud: byRules(seesNoForks),
    killedBy: /^I[13]/,
  },
  {
    name: 'E',
    lacks: 'the edge deletes what is acknowledged',
    edge: deletingOnAck,
    killedBy: /^I1/,
  },
  {
    name: 'G',
    lacks: 'a power cut takes the last commit of the edge with it',
    edge: () => ({ losesLastCommit: true }),
    killedBy: /^I1/,
  },
  {
    name: 'same-epoch',
    lacks: 'a restored cloud does not say that it lives another life',
    openCloud: (parts) => memoryCloud(parts, { keepsEpoch: true }),
    killedBy: /^(I1|I8|liveness)/,
  },
  {
    name: 'no-dedup',
    lacks: 'a fact counts at every place where it comes',
    openCloud: byRules(takesEveryRow),
    killedBy: /^I2/,
  },
  {
    name: 'ack-before-commit',
    lacks: 'the cloud acknowledges before its commit',
    openCloud: (parts) => memoryCloud(parts, { acksBeforeCommit: true }),
    killedBy: /^I[14]/,
  },
  {
    name: 'parting-forgets',
    lacks: 'an edge whose chain parts from the cloud’s carries nothing into its new life',
    edge: forgettingToCarry,
    killedBy: /^I1/,
  },
  {
    name: 'carried-unread',
    lacks: 'the cloud does not look at what a carrying entry carries',
    openCloud: byRules(ignoresCarried),
    killedBy: /^I1/,
  },
];
