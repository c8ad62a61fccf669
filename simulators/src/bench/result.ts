/** One measured figure: a ratio against the physical limit, both measured in the same run. */
export interface BenchResult {
  name: string;
  value: number;
  /** The least that is good enough. */
  goal: number;
  /** What was measured, for people: one line each. */
  details: readonly string[];
}

/** Measures; one run may give several figures. `args` are the words after the bench's name. */
export type Bench = (args: readonly string[]) => readonly BenchResult[] | Promise<readonly BenchResult[]>;

/** The line a bench ends with. */
export function resultLine({ name, value, goal }: BenchResult): string {
  return `RESULT name=${name} value=${value.toFixed(3)} goal=${goal} ${value >= goal ? 'PASS' : 'FAIL'}`;
}

/** The middle of an odd number of measurements: one disturbed round changes nothing. */
export function medianOf(values: readonly number[]): number {
  return percentileOf(values, 50);
}

/**
 * The smallest measurement that so many percent of all do not exceed (nearest rank).
 * @param percent above 0, at most 100
 */
export function percentileOf(values: readonly number[], percent: number): number {
  const value = values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1];
  if (value === undefined) throw new RangeError('nothing was measured');
  return value;
}

/** How long the work took, in ms. */
export function timed(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A rate for people: `1,234,567/s`. */
export function perSecond(count: number, ms: number): string {
  return `${grouped.format((count * 1000) / ms)}/s`;
}
