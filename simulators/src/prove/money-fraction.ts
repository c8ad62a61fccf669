/** A rational number, exactly. The denominator is above zero. */
export interface Fraction {
  over: bigint;
  under: bigint;
}

export const wholeNumber = (value: bigint): Fraction => ({ over: value, under: 1n });

/** Reads decimal text digit by digit: each one after the point makes the unit ten times smaller. */
export function fractionOf(text: string): Fraction {
  let over = 0n;
  let under = 1n;
  let isPastPoint = false;
  for (const sign of text) {
    if (sign === '.') {
      isPastPoint = true;
      continue;
    }
    over = over * 10n + BigInt(sign);
    if (isPastPoint) under *= 10n;
  }
  return { over, under };
}

const plus = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under + b.over * a.under,
  under: a.under * b.under,
});
export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { over: -b.over, under: b.under });
export const times = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.over,
  under: a.under * b.under,
});
/** @param b above zero */
export const dividedBy = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under,
  under: a.under * b.over,
});

/** The greatest whole number not above it. */
function floorOf({ over, under }: Fraction): bigint {
  const truncated = over / under;
  return over < 0n && truncated * under !== over ? truncated - 1n : truncated;
}

/**
 * The nearest whole number, by the definition: the whole numbers on both sides are weighed against each other, and only
 * when it lies exactly between them the rule decides.
 */
export function nearestWhole(value: Fraction, ties: 'away_from_zero' | 'to_even'): bigint {
  const below = floorOf(value);
  const above = below + 1n;
  const toBelow = value.over - below * value.under;
  const toAbove = above * value.under - value.over;
  if (toBelow < toAbove) return below;
  if (toAbove < toBelow) return above;
  if (ties === 'to_even') return below % 2n === 0n ? below : above;
  return value.over < 0n ? below : above;
}
