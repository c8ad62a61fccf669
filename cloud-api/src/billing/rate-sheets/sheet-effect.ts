import type { Db, Trx } from '../../store/database.ts';
import { type BillTerms, billOf } from '../bill-of.ts';
import type { Rate } from '../rate.ts';
import { cutsOf, instantIn } from '../runs/price-segments.ts';
import { type DeliveredSum, sumDeliveries } from '../runs/sum-deliveries.ts';
import type { RateChange } from './sheet-difference.ts';
import type { SheetDifference } from './stored-sheet.ts';

/** What of one produce a provider has delivered and nobody has billed, at the rates of now and at those of a sheet. */
export interface ProduceEffect {
  produce: string;
  sessionCount: number;
  netG: bigint;
  /** Null: some of it has no rate, which is no amount of zero. */
  oldMinor: bigint | null;
  newMinor: bigint | null;
}

/** What a sheet would do to the unbilled deliveries of one provider. Sums are null where one of their parts is. */
export interface ProviderEffect {
  providerId: number;
  name: string;
  produce: ProduceEffect[];
  oldMinor: bigint | null;
  newMinor: bigint | null;
}

/**
 * What publishing would do to deliveries that are on no bill yet, by provider; those for whom nothing changes are left
 * out. Amounts are before VAT and before findings of quality.
 */
export async function effectOf(
  db: Db | Trx,
  { rates, changes }: SheetDifference,
  { nowMs, terms }: { nowMs: number; terms: BillTerms },
): Promise<ProviderEffect[]> {
  const published = afterPublishing(rates, changes);
  const providers = await db.selectFrom('providers').select(['id', 'name']).orderBy('id').execute();
  const both = [...rates, ...published];
  const cuts = new Map(
    providers.map(({ id }) => [
      id,
      cutsOf(
        0,
        both.filter(({ providerId }) => providerId === null || providerId === id),
        terms.vat,
      ),
    ]),
  );
  const sums = Map.groupBy(
    await sumDeliveries(db, { fromMs: 0, toMs: nowMs }, cuts),
    ({ providerId }) => providerId,
  );
  return providers.flatMap(({ id, name }) => {
    const its = Map.groupBy(sums.get(id) ?? [], ({ produce }) => produce);
    const produce = [...its].flatMap(([kind, parts]): ProduceEffect[] => {
      if (kind === null) return [];
      const priceAt = (at: readonly Rate[]) => amountOf(id, parts, at, cuts.get(id) ?? [], terms);
      return [
        {
          produce: kind,
          sessionCount: parts.reduce((sum, { sessionCount }) => sum + sessionCount, 0),
          netG: parts.reduce((sum, { netG }) => sum + BigInt(netG), 0n),
          oldMinor: priceAt(rates),
          newMinor: priceAt(published),
        },
      ];
    });
    const changed = produce.filter(({ oldMinor, newMinor }) => oldMinor !== newMinor);
    if (changed.length === 0) return [];
    const sumOf = (which: 'oldMinor' | 'newMinor') =>
      changed.reduce<bigint | null>((sum, one) => {
        const amount = one[which];
        return sum === null || amount === null ? null : sum + amount;
      }, 0n);
    const sorted = changed.toSorted((a, b) => (a.produce < b.produce ? -1 : 1));
    return [
      { providerId: id, name, produce: sorted, oldMinor: sumOf('oldMinor'), newMinor: sumOf('newMinor') },
    ];
  });
}

/** The rates as they would stand. */
function afterPublishing(rates: readonly Rate[], changes: readonly RateChange[]): Rate[] {
  const withdrawn = new Set(changes.flatMap((change) => change.withdrawn.map(({ id }) => id)));
  const begun = changes.flatMap(({ produce, providerId, begun: spans }) =>
    spans.map((span, i) => ({ id: `${produce}\n${providerId}\n${i}`, produce, providerId, ...span })),
  );
  return [...rates.filter(({ id }) => !withdrawn.has(id)), ...begun];
}

/** The amount of sums of one produce, as on a bill; null when one of them has no price. */
function amountOf(
  providerId: number,
  sums: readonly DeliveredSum[],
  rates: readonly Rate[],
  cuts: readonly number[],
  terms: BillTerms,
): bigint | null {
  const sessions = sums.map(({ produce, segment, netG }) => ({
    sessionId: String(segment),
    ticketNo: '',
    truck: '',
    produce,
    netG,
    weighedOutAtMs: instantIn(segment, cuts),
  }));
  const bill = billOf(providerId, sessions, rates, { ...terms, vat: 'not_charged' });
  return bill.kind === 'billed' ? bill.totalMinor : null;
}
