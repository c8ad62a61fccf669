import type { Decoded, Reading } from './reading.ts';

/** Why an indication must not be used, in the indicator's own words. */
export type Fault = 'overload' | 'underload' | 'outOfRange' | { error: string };

/** What one frame says; modes and marks that its protocol does not have are left out. */
export type Indication = Pick<Reading, 'value' | 'unit' | 'stable'> &
  Partial<
    Omit<
      Reading,
      'value' | 'unit' | 'stable' | 'overload' | 'underload' | 'outOfRange' | 'error' | 'displayed'
    >
  > & {
    fault?: Fault | undefined;
  };

/** The reading of an indication. With a fault it has no value and is not stable, and the digits are only `displayed`. */
export function readingOf({
  fault,
  value,
  unit,
  stable,
  mode = null,
  zero = null,
  ...more
}: Indication): Decoded {
  const usable = fault === undefined;
  const displayed = usable || value === null ? {} : { displayed: value };
  return {
    kind: 'reading',
    reading: {
      value: usable ? value : null,
      unit,
      stable: usable ? stable : false,
      mode,
      zero,
      ...rangeOf(fault),
      ...displayed,
      ...more,
    },
  };
}

function rangeOf(fault: Fault | undefined): Pick<Reading, 'overload' | 'underload' | 'outOfRange' | 'error'> {
  if (fault === 'outOfRange') return { overload: null, underload: null, outOfRange: true };
  const range = { overload: fault === 'overload', underload: fault === 'underload' };
  return typeof fault === 'object' ? { ...range, error: fault.error } : range;
}
