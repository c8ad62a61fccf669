import { z } from 'zod';

/**
 * Mass inside Weighgate is a whole number of grams: exact, and fine enough for any road weighbridge.
 * The bound keeps every sum of a site's year inside the integers a double holds.
 */
export const MAX_GRAMS = 10_000_000_000;

/** A mass in grams, signed: -10 000 t to 10 000 t. */
export const gramsSchema = z.int().min(-MAX_GRAMS).max(MAX_GRAMS);

/** Units an indicator may send. `tn` is the short ton of 2000 lb. */
export const massUnitSchema = z.enum(['kg', 't', 'g', 'lb', 'tn', 'oz']);
export type MassUnit = z.infer<typeof massUnitSchema>;

/**
 * Grams in one unit, as an exact fraction `numerator / denominator`.
 * The pound is 0.45359237 kg exactly (international yard and pound agreement, 1959); the ounce is a sixteenth of it.
 */
const gramsPerUnit: Record<MassUnit, { numerator: bigint; denominator: bigint }> = {
  kg: { numerator: 1000n, denominator: 1n },
  t: { numerator: 1_000_000n, denominator: 1n },
  g: { numerator: 1n, denominator: 1n },
  lb: { numerator: 45_359_237n, denominator: 100_000n },
  tn: { numerator: 2000n * 45_359_237n, denominator: 100_000n },
  oz: { numerator: 45_359_237n, denominator: 1_600_000n },
};

const decimalPattern = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;

/**
 * Grams of an indication, exactly, rounded half away from zero to the gram.
 * @param value decimal text as the indicator sent it, such as `"12340"` or `"-0.5"`
 * @throws RangeError when the text is not a plain decimal or the mass is beyond {@link MAX_GRAMS}
 */
export function gramsOf(value: string, unit: MassUnit): number {
  const match = decimalPattern.exec(value);
  if (match === null) throw new RangeError(`not a decimal mass: ${JSON.stringify(value)}`);
  const [, sign, whole = '', fraction = ''] = match;
  const digits = BigInt(whole + fraction);
  const { numerator, denominator } = gramsPerUnit[unit];
  const dividend = digits * numerator;
  const divisor = denominator * 10n ** BigInt(fraction.length);
  const magnitude = Number((dividend * 2n + divisor) / (divisor * 2n));
  if (magnitude > MAX_GRAMS) throw new RangeError(`mass beyond 10 000 t: ${value} ${unit}`);
  return sign === '-' && magnitude !== 0 ? -magnitude : magnitude;
}

/** Kilograms as a JSON number. Exact to the gram for every mass within {@link MAX_GRAMS}. */
export function kgOf(grams: number): number {
  return grams / 1000;
}

/** Kilograms as people read them: `12340 kg`, `0.5 kg`. No thousands separator: it differs by country. */
export function kgText(grams: number): string {
  return `${kgOf(grams)} kg`;
}
