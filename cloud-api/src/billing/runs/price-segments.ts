import type { Rate } from '../rate.ts';
import type { Validity } from '../validity.ts';
import type { VatTerms } from '../vat.ts';

/**
 * The instants at which something about prices changes, ascending and each once: rates and VAT beginning or ending, and the
 * beginning of the period, before which a delivery is late. Between two of them nothing changes, so all that was weighed
 * out there is priced alike and can be summed first. Segment 0 is before the first cut, segment k from cut k - 1 on.
 */
export type Cuts = readonly number[];

export function cutsOf(periodFromMs: number, rates: readonly Rate[], vat: VatTerms): Cuts {
  const valid: Validity[] = [...rates, ...(typeof vat === 'string' ? [] : vat)];
  const ends = valid.flatMap(({ validFromMs, validToMs }) => [validFromMs ?? [], validToMs ?? []]).flat();
  return [...new Set([periodFromMs, ...ends])].sort((a, b) => a - b);
}

/** An instant inside a segment, standing for all of them. */
export function instantIn(segment: number, cuts: Cuts): number {
  const at = segment === 0 ? (cuts[0] ?? Number.NaN) - 1 : cuts[segment - 1];
  if (at === undefined || Number.isNaN(at)) throw new RangeError(`there is no segment ${segment}`);
  return at;
}
