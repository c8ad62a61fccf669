import type { MassUnit, RegisteredWeight } from '@weighgate/protocol';
import type { Reading } from '../indicator/reading.ts';

/** What the indicator showed, as it is put on record. */
export function indicationOf(
  value: string,
  unit: MassUnit,
  { increment, range }: Pick<Reading, 'increment' | 'range'>,
): RegisteredWeight['indication'] {
  return { value, unit, increment: increment ?? null, ...(range === undefined ? {} : { range }) };
}
