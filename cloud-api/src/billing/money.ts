import { z } from 'zod';

/** Decimals a rate may have: a ten-thousandth of a minor unit per kilogram. */
const RATE_DECIMALS = 4;
const GRAMS_PER_KG = 1000n;
const ratePattern = /^\d{1,14}(?:\.\d{1,4})?$/;

/** A rate as text: minor units of the currency per kilogram, such as `93.5` agorot. Zero is a rate like any other. */
export const rateTextSchema = z
  .string()
  .regex(ratePattern, 'must be a decimal of minor units per kg with at most 4 decimals, such as "93.5"');

/** Rate in ten-thousandths of a minor unit per kilogram. */
function scaledRateOf(rateText: string): bigint {
  const text = rateTextSchema.parse(rateText);
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(RATE_DECIMALS, '0'));
}

/** A quotient rounded to the nearest whole, halves away from zero: what PostgreSQL does with numeric. */
function roundHalfAway(dividend: bigint, divisor: bigint): bigint {
  const magnitude = dividend < 0n ? -dividend : dividend;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return dividend < 0n ? -rounded : rounded;
}

/**
 * Amount of money for a mass: `netG x rate / 1000`, computed exactly and rounded once, halves away from zero.
 * @param netG grams, may be negative
 * @param rateText minor units per kilogram, see {@link rateTextSchema}
 * @returns minor units of the currency
 */
export function amountMinorOf(netG: bigint, rateText: string): bigint {
  return roundHalfAway(netG * scaledRateOf(rateText), GRAMS_PER_KG * 10n ** BigInt(RATE_DECIMALS));
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
