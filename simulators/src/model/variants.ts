import type { Bounds, Weakness } from './sync-world.ts';
import { acksHighest, appliesEveryRow, knowsNoLives, seesNoForks } from './weakened-clouds.ts';

/** A protocol that lacks one thing. */
export interface Variant {
  name: string;
  /** What it lacks, in words. */
  lacks: string;
  weakness: Weakness;
  bounds?: Partial<Bounds>;
}

/** Each of these loses or doubles a weighing, and the check has to find out how. */
export const brokenVariants: readonly Variant[] = [
  {
    name: 'A',
    lacks: 'acknowledges before the commit, and the edge deletes what is acknowledged',
    weakness: { acksBeforeCommit: true, deletesOnAck: true },
  },
  {
    name: 'B',
    lacks: 'acknowledges the highest entry that came, and the edge deletes what is acknowledged',
    weakness: { cloud: acksHighest, deletesOnAck: true },
  },
  { name: 'C', lacks: 'knows no lives of a database', weakness: { cloud: knowsNoLives } },
  {
    name: 'D',
    lacks: 'takes another entry at a known place for a repetition',
    weakness: { cloud: seesNoForks },
  },
  { name: 'E', lacks: 'everything is there, but the edge deletes on ACK', weakness: { deletesOnAck: true } },
  {
    name: 'G',
    lacks: 'the last commit of the edge does not survive a power cut',
    weakness: { losesLastCommit: true },
  },
  {
    name: 'K',
    lacks: 'a cloud restored from a backup does not say so',
    weakness: { keepsEpoch: true },
  },
];

/** Not a fault of the protocol: two copies are two copies. That it is found says that the check can see this far. */
export const knownLimit: Variant = {
  name: 'two catastrophes',
  lacks: 'the disk of the edge and the database of the cloud are both lost',
  weakness: {},
  bounds: { catastrophes: 2 },
};

/** Within these bounds the fork rules keep a fact from coming twice; the uuid is a second lock that is never tried. */
export const notToldApart: Variant = {
  name: 'H',
  lacks: 'applies a fact whenever it comes at a new place, whatever its uuid',
  weakness: { cloud: appliesEveryRow },
};
