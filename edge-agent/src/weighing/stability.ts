import type { FramedReading } from '../indicator/read-indicator.ts';

/** When a weight counts as stable. */
export interface StabilityRule {
  /** Equal readings in a row, 2 or more. A flipped bit in one frame can then never be recorded. */
  minReadings: number;
  /** How long the indicator must have said stable without a break, in ms. */
  holdMs: number;
  /** So far readings may differ within that time, in g: a load between two intervals flickers by one, and is stable. */
  toleranceG: number;
  /** How long they must span when its protocol has no motion flag, in ms; at least 1000. */
  derivedHoldMs: number;
  /** A gap longer than this breaks the run, in ms. */
  maxGapMs: number;
}

export const defaultStabilityRule: StabilityRule = {
  minReadings: 3,
  holdMs: 500,
  toleranceG: 50_000,
  derivedHoldMs: 1500,
  maxGapMs: 1000,
};

/** A run of equal readings, within a time in which the indicator saw no motion. */
export interface Run {
  value: string;
  unit: FramedReading['reading']['unit'];
  mode: FramedReading['reading']['mode'];
  /** Whether every reading of the run carried the indicator's own flag. */
  flagged: boolean;
  count: number;
  sinceMs: number;
  lastMs: number;
  /** Since when the indicator says stable, and the mass it said so of first; null when its mass is not known: then
   * only equal readings count. */
  still: { sinceMs: number; massG: number } | null;
}

/**
 * The run after one more reading; null while the weight moves or is not usable.
 * @param massG what the reading shows, in grams; null when that is not known
 */
export function extendRun(
  run: Run | null,
  { reading, atMs }: FramedReading,
  massG: number | null,
  rule: StabilityRule,
): Run | null {
  const { value, unit, mode, stable } = reading;
  if (value === null || stable === false) return null;
  const flagged = stable === true;
  const goesOn =
    run !== null &&
    run.unit === unit &&
    run.mode === mode &&
    run.flagged === flagged &&
    atMs - run.lastMs <= rule.maxGapMs;
  const still = massG === null ? null : stillSince(goesOn ? run.still : null, massG, atMs, rule);
  if (!goesOn || run.value !== value) {
    return { value, unit, mode, flagged, count: 1, sinceMs: atMs, lastMs: atMs, still };
  }
  return { ...run, count: run.count + 1, lastMs: atMs, still };
}

function stillSince(
  still: Run['still'],
  massG: number,
  atMs: number,
  { toleranceG }: StabilityRule,
): Run['still'] {
  if (still !== null && Math.abs(massG - still.massG) <= toleranceG) return still;
  return { sinceMs: atMs, massG };
}

/** Whether the run is long enough, and by whose word; null when it is not. */
export function stabilityOf(run: Run | null, rule: StabilityRule): 'indicator' | 'derived' | null {
  if (run === null || run.count < rule.minReadings) return null;
  if (!run.flagged) return run.lastMs - run.sinceMs >= rule.derivedHoldMs ? 'derived' : null;
  return run.lastMs - (run.still?.sinceMs ?? run.sinceMs) >= rule.holdMs ? 'indicator' : null;
}
