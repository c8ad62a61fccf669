import { z } from 'zod';
import { decimalTextOf, ONE, type RoundingMode, roundedQuotient, scaledOf } from './decimal.ts';
import { holdsAt, type Validity } from './validity.ts';

/** A percentage as text: from 0 to 999.9999 with at most four decimals, such as `18`. */
export const percentTextSchema = z
  .string()
  .regex(/^\d{1,3}(?:\.\d{1,4})?$/, 'must be a percentage with at most 4 decimals, such as "18"');

/** A rate of value added tax and when it holds. */
export interface VatRate extends Validity {
  id: string;
  /** See {@link percentTextSchema}. */
  percent: string;
}

/**
 * What of VAT a bill is to bear. `not_charged`: the bill says nothing of VAT. `exempt`: the provider charges none. Rates:
 * the one that held at weigh-out, which is when the goods were delivered; two never hold at the same time.
 */
export type VatTerms = 'not_charged' | 'exempt' | readonly VatRate[];

/** What one line is taxed by; null where the bill says nothing of VAT. */
export type VatOfLine = 'exempt' | VatRate | null;

/**
 * All lines of one bill that are taxed alike, by percentage: the rounded amounts are summed, then taxed and rounded once.
 */
export interface VatGroup {
  /** Null for what is exempt. */
  percent: string | null;
  /** Sum of the lines, minor units; may be negative. */
  baseMinor: bigint;
  vatMinor: bigint;
}

/** The VAT of what was weighed out at an instant; undefined when no rate holds then, which blocks the bill. */
export function vatAt(terms: VatTerms, weighedOutAtMs: number): VatOfLine | undefined {
  if (terms === 'not_charged') return null;
  if (terms === 'exempt') return 'exempt';
  return terms.find((rate) => holdsAt(rate, weighedOutAtMs));
}

/** Which row of VAT a line stands under, as a key. */
export function vatKeyOf(vat: VatOfLine): string {
  return vat === null ? 'not_charged' : vat === 'exempt' ? 'exempt' : vat.id;
}

/** The groups of a bill, the lowest percentage first, what is exempt before all. */
export function vatGroupsOf(
  lines: readonly { vat: VatOfLine; amountMinor: bigint }[],
  mode: RoundingMode,
): VatGroup[] {
  const bases = new Map<bigint | null, bigint>();
  for (const { vat, amountMinor } of lines) {
    if (vat === null) continue;
    const scaled = vat === 'exempt' ? null : scaledOf(percentTextSchema.parse(vat.percent));
    bases.set(scaled, (bases.get(scaled) ?? 0n) + amountMinor);
  }
  return [...bases]
    .sort(([a], [b]) => Number((a ?? -1n) - (b ?? -1n)))
    .map(([scaled, baseMinor]) => ({
      percent: scaled === null ? null : decimalTextOf(scaled),
      baseMinor,
      vatMinor: roundedQuotient(baseMinor * (scaled ?? 0n), 100n * ONE, mode),
    }));
}
