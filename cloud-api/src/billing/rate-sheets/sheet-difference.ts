import type { Rate } from '../rate.ts';
import type { Validity } from '../validity.ts';
import type { SheetRow } from './read-sheet.ts';

/** What holds for a produce and a provider (or all) for a time. */
export interface RateSpan extends Validity {
  ratePerKgMinor: string;
  currency: string;
}

/** What a sheet changes for one produce and one provider, or all: the whole of it before and after. */
export interface RateChange {
  produce: string;
  providerId: number | null;
  before: RateSpan[];
  after: RateSpan[];
  /** Rows that hold no more as they are. */
  withdrawn: Rate[];
  /** What takes their place. */
  begun: RateSpan[];
}

export interface SheetTerms {
  takesEffectMs: number;
  /** What becomes of rates that the sheet does not name: they end when it takes effect, or are kept. */
  unnamed: 'end' | 'keep';
}

/**
 * What changes when the rows of a sheet are published over the rates that stand. Pure. A row holds from when it says, or
 * from when the sheet takes effect; for a produce that never had a rate, from always, because nothing that had a price
 * gets another by that. No changes: the sheet says what holds already.
 */
export function differenceOf(
  rows: readonly SheetRow[],
  rates: readonly Rate[],
  { takesEffectMs, unnamed }: SheetTerms,
): RateChange[] {
  const keys = new Map<string, { produce: string; providerId: number | null }>();
  for (const { produce, providerId } of [...rates, ...rows]) {
    keys.set(keyOf({ produce, providerId }), { produce, providerId });
  }
  const priced = new Set(rates.map(({ produce }) => produce));
  const [ratesOf, rowsOf] = [Map.groupBy(rates, keyOf), Map.groupBy(rows, keyOf)];
  const changes: RateChange[] = [];
  for (const [key, { produce, providerId }] of [...keys].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const standing = ratesOf.get(key) ?? [];
    const named = rowsOf.get(key) ?? [];
    let after = standing.map(spanOf);
    if (unnamed === 'end') after = without(after, { validFromMs: takesEffectMs, validToMs: null });
    for (const row of named) {
      const usualMs = priced.has(produce) ? takesEffectMs : null;
      const validFromMs = row.validFromMs === 'always' ? null : (row.validFromMs ?? usualMs);
      const span = spanOf({ ...row, validFromMs });
      after = [...without(after, span), span];
    }
    const [was, is] = [joined(standing.map(spanOf)), joined(after)];
    if (isSame(was, is)) continue;
    changes.push({
      produce,
      providerId,
      before: was,
      after: is,
      withdrawn: standing.filter((rate) => !is.some((span) => isEqual(span, spanOf(rate)))),
      begun: is.filter((span) => !standing.some((rate) => isEqual(span, spanOf(rate)))),
    });
  }
  return changes;
}

function keyOf({ produce, providerId }: { produce: string; providerId: number | null }): string {
  return `${produce}\n${providerId ?? ''}`;
}

function spanOf({ ratePerKgMinor, currency, validFromMs, validToMs }: RateSpan): RateSpan {
  return { ratePerKgMinor, currency, validFromMs, validToMs };
}

/** What is left of spans outside of a time. */
function without(spans: readonly RateSpan[], time: Validity): RateSpan[] {
  const [from, to] = [time.validFromMs ?? -Infinity, time.validToMs ?? Infinity];
  return spans.flatMap((span) => {
    const [begin, end] = [span.validFromMs ?? -Infinity, span.validToMs ?? Infinity];
    if (end <= from || to <= begin) return [span];
    return [
      ...(begin < from ? [{ ...span, validToMs: time.validFromMs }] : []),
      ...(to < end ? [{ ...span, validFromMs: time.validToMs }] : []),
    ];
  });
}

/** In the order of time, those that touch and say the same made one. */
function joined(spans: readonly RateSpan[]): RateSpan[] {
  const result: RateSpan[] = [];
  for (const span of spans.toSorted(byBegin)) {
    const last = result.at(-1);
    const goesOn =
      last !== undefined &&
      last.validToMs === span.validFromMs &&
      last.ratePerKgMinor === span.ratePerKgMinor &&
      last.currency === span.currency;
    if (goesOn) result[result.length - 1] = { ...last, validToMs: span.validToMs };
    else result.push(span);
  }
  return result;
}

function byBegin(a: RateSpan, b: RateSpan): number {
  return (a.validFromMs ?? -Infinity) < (b.validFromMs ?? -Infinity) ? -1 : 1;
}

function isEqual(a: RateSpan, b: RateSpan): boolean {
  return (
    a.ratePerKgMinor === b.ratePerKgMinor &&
    a.currency === b.currency &&
    a.validFromMs === b.validFromMs &&
    a.validToMs === b.validToMs
  );
}

function isSame(a: readonly RateSpan[], b: readonly RateSpan[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((span, i) => {
    const other = b[i];
    return other !== undefined && isEqual(span, other);
  });
}
