import type { MassUnit } from '@weighgate/protocol';

/**
 * One indication as decoded from one frame, with nothing added: null means that the protocol does not say.
 * Invariant: with overload, underload, outOfRange or error the value is null and stable is false, whatever digits came.
 * The optional keys are there only for protocols that carry them.
 */
export interface Reading {
  /** Exact decimal text, such as `"12340"` or `"-0.5"`; null when the frame carries no usable weight. Never `"-0"`. */
  value: string | null;
  unit: MassUnit | null;
  /** The indicator's own motion flag; null when its protocol has none. */
  stable: boolean | null;
  overload: boolean | null;
  underload: boolean | null;
  /** `tare` is a record of the tare and no weighing. */
  mode: 'gross' | 'net' | 'tare' | null;
  /** Within a quarter of an interval of zero (centre of zero). */
  zero: boolean | null;
  /** One flag on the wire for over and under, and nothing that tells which. */
  outOfRange?: true;
  /** The indicator's own word that something is wrong, such as `"loadCell"`. */
  error?: string;
  /** Digits that came with a reading that must not be used. */
  displayed?: string;
  tare?: string;
  gross?: string;
  net?: string;
  /** The tare was typed in, not weighed. */
  presetTare?: boolean;
  /** Weighing range of a multi-range instrument, from 1. */
  range?: number;
  /** Leading digit of the scale interval: 1, 2 or 5. */
  increment?: number;
  /** The value is held, not live. */
  hold?: boolean;
  /** Finer steps than may be recorded. */
  highResolution?: boolean;
  /** The digits stand for ten times finer steps than may be recorded. */
  expandedX10?: boolean;
  notZeroedSincePowerUp?: boolean;
  /** What only this make says, under its own names. */
  details?: Facts;
}

/** Named facts of one frame. */
export type Facts = Readonly<
  Record<string, string | number | boolean | readonly string[] | Readonly<Record<string, boolean>>>
>;

/**
 * What a model made of one frame. An answer is a good frame that is no reading: an acknowledgement, an error report, a
 * serial number. A rejected frame is counted and never a weight.
 */
export type Decoded =
  | { kind: 'reading'; reading: Reading }
  | { kind: 'answer'; facts: Facts }
  | { kind: 'rejected'; reason: string };

/** A frame that is not what its model expects. */
export function rejected(reason: string): Decoded {
  return { kind: 'rejected', reason };
}
