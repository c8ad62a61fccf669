import type { FramedReading } from '../indicator/read-indicator.ts';
import type { Reading } from '../indicator/reading.ts';

/** What a test says about one reading; the rest is that of a quiet scale showing gross kilograms. */
export type ReadingFacts = { atMs: number } & Partial<Reading>;

/** A reading for tests. */
export function readingOf({ atMs, ...facts }: ReadingFacts): FramedReading {
  const reading: Reading = {
    value: '0',
    unit: 'kg',
    stable: true,
    overload: false,
    underload: false,
    mode: 'gross',
    zero: null,
    tare: '0',
    increment: 1,
    ...facts,
  };
  return { reading, frame: Uint8Array.from(Buffer.from(`${reading.value ?? '------'}`)), atMs };
}
