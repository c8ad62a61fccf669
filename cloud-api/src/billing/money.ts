import { z } from 'zod';
import { ONE, type RoundingMode, roundedQuotient, scaledOf } from './decimal.ts';

const GRAMS_PER_KG = 1000n;
const ratePattern = /^\d{1,14}(?:\.\d{1,4})?$/;

/** A rate as text: minor units of the currency per kilogram, such as `93.5` agorot. Zero is a rate like any other. */
export const rateTextSchema = z
  .string()
  .regex(ratePattern, 'must be a decimal of minor units per kg with at most 4 decimals, such as "93.5"');

/** A part of an amount, exactly: `numerator / denominator`, the denominator above zero. */
export interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/** All of it. */
const whole: Fraction = { numerator: 1n, denominator: 1n };

/**
 * Amount of money for a mass: `netG x rate / 1000`, or a part of that, computed exactly and rounded once.
 * @param netG grams, may be negative
 * @param rateText minor units per kilogram, see {@link rateTextSchema}
 * @returns minor units of the currency
 */
export function amountMinorOf(
  netG: bigint,
  rateText: string,
  mode: RoundingMode = 'half_away',
  part: Fraction = whole,
): bigint {
  return roundedQuotient(
    netG * scaledOf(rateTextSchema.parse(rateText)) * part.numerator,
    GRAMS_PER_KG * ONE * part.denominator,
    mode,
  );
}

/** A rate without trailing zeros: `93.5000`, as the database keeps it, is `93.5`. */
export function rateTextOf(stored: string): string {
  return stored.includes('.') ? stored.replace(/\.?0+$/, '') : stored;
}

/**
 * An amount as a JSON number, exactly or not at all.
 * @throws RangeError beyond the integers a double holds
 */
export function jsonMinorOf(amountMinor: bigint): number {
  const number = Number(amountMinor);
  if (!Number.isSafeInteger(number)) throw new RangeError(`amount too large for JSON: ${amountMinor}`);
  return number;
}

/** An amount as JSON carries it, exactly: a number, or its digits as text beyond the integers a double holds. */
export function jsonAmountOf(amountMinor: bigint): number | string {
  const number = Number(amountMinor);
  return Number.isSafeInteger(number) ? number : String(amountMinor);
}
