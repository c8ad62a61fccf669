import { strict as assert } from 'node:assert';
import type { Indication } from './indicator.ts';

/** Above Max + 9 d: the display is blank and the sign, where there is one, is plus. */
export const isOver = ({ outOfRange, negative }: Indication): boolean => outOfRange && !negative;

/** Below zero by more than 20 d: the display is blank. */
export const isUnder = ({ outOfRange, negative }: Indication): boolean => outOfRange && negative;

/** The counts of an indication, magnitude only: also those that a blank display withholds. */
export function countsOf({ displayed, withheld }: Indication): number {
  return displayed ?? withheld ?? 0;
}

/** Net or gross as displayed, with its sign, in counts. */
export function shownOf(indication: Indication): number {
  return indication.negative ? -countsOf(indication) : countsOf(indication);
}

/** Gross in counts with its sign, whichever of the two is displayed. */
export function grossOf(indication: Indication): number {
  return shownOf(indication) + indication.tare;
}

/** Counts as a display shows them: 750 with 3 decimals is `0.750`, -20 is `-20`. */
export function textOf(counts: number, decimals: number): string {
  assert(Number.isInteger(counts), `counts are whole, not ${counts}`);
  const digits = String(Math.abs(counts)).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const sign = counts < 0 ? '-' : '';
  return sign + (decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`);
}

/** The magnitude as a display shows it, without its sign. */
export function magnitudeOf(indication: Indication): string {
  return textOf(countsOf(indication), indication.decimals);
}

/** Text in a field of fixed width, to the right of it. A text that does not fit is our mistake, never cut. */
export function fieldOf(text: string, width: number, pad: ' ' | '0' = ' '): string {
  assert(text.length <= width, `${text} does not fit ${width} characters`);
  return text.padStart(width, pad);
}

/** Sign and digits in a field of fixed width, zeros between the two: -120 in 7 is `-000120`. */
export function zeroedFieldOf(counts: number, decimals: number, width: number): string {
  const digits = textOf(Math.abs(counts), decimals);
  return counts < 0 ? `-${fieldOf(digits, width - 1, '0')}` : fieldOf(digits, width, '0');
}

/** Characters as bytes, one for one. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
