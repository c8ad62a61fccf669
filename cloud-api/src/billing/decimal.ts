/** Decimals that rates and percentages may have: a ten-thousandth of a minor unit, or of a percent. */
const DECIMALS = 4;
/** What one whole is in units of the last decimal. */
export const ONE = 10n ** BigInt(DECIMALS);

/** How a quotient becomes a whole number: to the nearest, and a half away from zero or to the even neighbour. */
export type RoundingMode = 'half_away' | 'half_even';

/**
 * Plain decimal text with at most four decimals, such as `93.5`, in ten-thousandths. The text has been checked at the
 * border.
 * @throws SyntaxError when it is no number
 */
export function scaledOf(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
}

/** The text of what {@link scaledOf} reads, without trailing zeros. `scaled` is not negative. */
export function decimalTextOf(scaled: bigint): string {
  const fraction = String(scaled % ONE)
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${scaled / ONE}` : `${scaled / ONE}.${fraction}`;
}

/**
 * A quotient rounded once to the nearest whole. Both modes are symmetric about zero. `half_away` is what PostgreSQL does
 * with numeric.
 * @param divisor above zero
 */
export function roundedQuotient(dividend: bigint, divisor: bigint, mode: RoundingMode): bigint {
  const magnitude = dividend < 0n ? -dividend : dividend;
  const quotient = magnitude / divisor;
  const twiceRest = (magnitude % divisor) * 2n;
  const isUp =
    twiceRest > divisor || (twiceRest === divisor && (mode === 'half_away' || quotient % 2n === 1n));
  const rounded = isUp ? quotient + 1n : quotient;
  return dividend < 0n ? -rounded : rounded;
}
