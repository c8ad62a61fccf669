import type { MassUnit } from '@weighgate/protocol';

/**
 * One indication as decoded from one frame, with nothing added: null means the protocol does not say.
 * Invariant: with overload, underload or outOfRange the value is null and stable is false, whatever digits came.
 */
export interface Reading {
  /** Exact decimal text, such as `"12340"` or `"-0.5"`; null when the frame carries no usable weight. */
  value: string | null;
  unit: MassUnit | null;
  /** The indicator's own motion flag; null when its protocol has none. */
  stable: boolean | null;
  overload: boolean | null;
  underload: boolean | null;
  /** One flag on the wire for both directions, and nothing that tells which. */
  outOfRange: boolean;
  mode: 'gross' | 'net' | 'tare' | null;
  /** Within a quarter of an interval of zero (centre of zero). */
  zero: boolean | null;
  tare: string | null;
  increment: number | null;
  /** The digits stand for ten times finer steps than may be recorded. */
  expandedX10: boolean;
  notZeroedSincePowerUp: boolean;
}

/** What a model made of one frame. A rejected frame is counted and never a weight. */
export type Decoded = { kind: 'reading'; reading: Reading } | { kind: 'rejected'; reason: string };
