import type { FramedReading } from '../indicator/read-indicator.ts';

/** When a weight counts as stable. */
export interface StabilityRule {
  /** Equal readings in a row, 2 or more. A flipped bit in one frame can then never be recorded. */
  minReadings: number;
  /** How long they must span when the indicator itself says stable, in ms. */
  holdMs: number;
  /** How long they must span when its protocol has no motion flag, in ms; at least 1000. */
  derivedHoldMs: number;
  /** A gap longer than this breaks the run, in ms. */
  maxGapMs: number;
}

export const defaultStabilityRule: StabilityRule = {
  minReadings: 3,
  holdMs: 500,
  derivedHoldMs: 1500,
  maxGapMs: 1000,
};

/** A run of equal readings without motion. */
export interface Run {
  value: string;
  unit: FramedReading['reading']['unit'];
  mode: FramedReading['reading']['mode'];
  /** Whether every reading of the run carried the indicator's own flag. */
  flagged: boolean;
  count: number;
  sinceMs: number;
  lastMs: number;
}

/** The run after one more reading; null while the weight moves or is not usable. */
export function extendRun(
  run: Run | null,
  { reading, atMs }: FramedReading,
  rule: StabilityRule,
): Run | null {
  const { value, unit, mode, stable } = reading;
  if (value === null || stable === false) return null;
  const flagged = stable === true;
  const goesOn =
    run !== null &&
    run.value === value &&
    run.unit === unit &&
    run.mode === mode &&
    run.flagged === flagged &&
    atMs - run.lastMs <= rule.maxGapMs;
  if (!goesOn) return { value, unit, mode, flagged, count: 1, sinceMs: atMs, lastMs: atMs };
  return { ...run, count: run.count + 1, lastMs: atMs };
}

/** Whether the run is long enough, and by whose word; null when it is not. */
export function stabilityOf(run: Run | null, rule: StabilityRule): 'indicator' | 'derived' | null {
  if (run === null || run.count < rule.minReadings) return null;
  const spanMs = run.lastMs - run.sinceMs;
  if (run.flagged) return spanMs >= rule.holdMs ? 'indicator' : null;
  return spanMs >= rule.derivedHoldMs ? 'derived' : null;
}
