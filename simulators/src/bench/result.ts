/** One measured figure: a ratio against the physical limit, both measured in the same run. */
export interface BenchResult {
  name: string;
  value: number;
  /** The least that is good enough. */
  goal: number;
  /** What was measured, for people: one line each. */
  details: readonly string[];
}

/** The line a bench ends with. */
export function resultLine({ name, value, goal }: BenchResult): string {
  return `RESULT name=${name} value=${value.toFixed(3)} goal=${goal} ${value >= goal ? 'PASS' : 'FAIL'}`;
}

/** The middle of an odd number of measurements: one disturbed round changes nothing. */
export function medianOf(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new RangeError('nothing was measured');
  return middle;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A rate for people: `1,234,567/s`. */
export function perSecond(count: number, ms: number): string {
  return `${grouped.format((count * 1000) / ms)}/s`;
}
