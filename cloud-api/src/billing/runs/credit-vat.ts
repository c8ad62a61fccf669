import { ONE, type RoundingMode, roundedQuotient, scaledOf } from '../decimal.ts';
import type { FrozenBill, FrozenLine } from '../frozen-bill.ts';

type VatGroups = FrozenBill['vatGroups'];

/** The percentage a line is taxed by as its group has it; undefined where the bill says nothing of VAT. */
export function percentOf(line: FrozenLine): string | null | undefined {
  if (line.vat.kind === 'not_charged') return undefined;
  return line.vat.kind === 'exempt' ? null : line.vat.percent;
}

/**
 * VAT of a credit note: for each percentage what is left of the bill is worth before it, less after it, so that credit
 * notes of all parts add up to the bill's VAT to the last minor unit. Pure.
 * @param bases what is left of each group before VAT, minor units
 * @param cuts what the credit note takes off each
 */
export function creditedVat(
  bases: ReadonlyMap<string | null, bigint>,
  cuts: ReadonlyMap<string | null, bigint>,
  rounding: RoundingMode,
): VatGroups {
  return [...cuts].map(([percent, cut]) => {
    const rate = percent === null ? 0n : scaledOf(percent);
    const vatOf = (baseMinor: bigint) => roundedQuotient(baseMinor * rate, 100n * ONE, rounding);
    const base = bases.get(percent) ?? 0n;
    return { percent, baseMinor: String(-cut), vatMinor: String(vatOf(base - cut) - vatOf(base)) };
  });
}
